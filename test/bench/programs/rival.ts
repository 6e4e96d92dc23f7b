/** The route behind `@node-idempotency/nestjs`, in memory or, with REDIS_URL, on its Redis adapter. */
import 'reflect-metadata';
import { Idempotent, NodeIdempotencyModule, StorageAdapterEnum } from '@node-idempotency/nestjs';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { serve } from './serve.js';

const url = process.env['REDIS_URL'];

@Controller('orders')
@Idempotent({ enforceIdempotency: true })
class Orders {
  @Post()
  create(@Body() order: unknown): unknown {
    return order;
  }
}

const storage =
  url === undefined ? { adapter: StorageAdapterEnum.memory } : { adapter: StorageAdapterEnum.redis, options: { url } };

@Module({ imports: [NodeIdempotencyModule.forRootAsync({ storage })], controllers: [Orders] })
class Rival {}

await serve(Rival);
