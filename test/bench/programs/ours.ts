/** The route behind this library, in memory or, with REDIS_URL, on Redis. A replay answers as the first request did. */
import 'reflect-metadata';
import { RedisBackend } from '@nestjs-idempotency/redis';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { serve } from './serve.js';

const url = process.env['REDIS_URL'];

@Controller('orders')
@IdempotencyKey()
class Orders {
  @Post()
  create(@Body() order: unknown): unknown {
    return order;
  }
}

@Module({
  imports: [IdempotencyModule.forRoot({ conflictStatus: null, ...(url !== undefined && { backend: new RedisBackend(url) }) })],
  controllers: [Orders],
})
class Ours {}

await serve(Ours);
