/** What requests leave behind for the next full collection, on Fastify; prints the bytes of each. Run without optimized code, in which V8 sees less. */
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { drive } from '../bench/load.js';
import { again, fresh } from '../bench/request.js';

const REQUESTS = 1_500;
const KEYS = Array.from({ length: 100 }, (_, key) => `key-${key}`);

@Controller('orders')
@IdempotencyKey()
class Orders {
  @Post()
  create(@Body() order: unknown): unknown {
    return order;
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ conflictStatus: null })], controllers: [Orders] })
class Shop {}

const app = await NestFactory.create(Shop, new FastifyAdapter(), { logger: ['error'] });
const server = (await app.listen(0, '127.0.0.1')) as { address(): { port: number } };
const { port } = server.address();

/** Twice, as an object that survives once is still young. */
function heldAfterYoung(): number {
  globalThis.gc?.({ type: 'minor' });
  globalThis.gc?.({ type: 'minor' });
  return process.memoryUsage().heapUsed;
}

async function leftBehind(next: () => string): Promise<number> {
  await drive(port, REQUESTS, 4, 201, next);
  globalThis.gc?.();
  const before = heldAfterYoung();
  await drive(port, REQUESTS, 4, 201, next);
  return (heldAfterYoung() - before) / REQUESTS;
}

console.log(JSON.stringify({ first: await leftBehind(fresh), replay: await leftBehind(again(KEYS)) }));
await app.close();
