/** A user's first application: one protected route, a first request, its retries, and a request that forgot its key. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Body, Controller, type INestApplication, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

let made = 0;

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey()
  create(@Body() order: { item: string }): { id: number; item: string } {
    made += 1;
    return { id: made, item: order.item };
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ conflictStatus: null })], controllers: [OrdersController] })
class AppModule {}

async function main(platform: string | undefined): Promise<void> {
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app: INestApplication = await NestFactory.create(AppModule, adapter, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };

  const post = async (key?: string) => {
    const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
    const response = await fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST', headers, body: '{"item":"tea"}' });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };

  const first = await post('one');
  assert.deepEqual([first.status, first.body], [201, '{"id":1,"item":"tea"}']);
  assert.deepEqual(await post('one'), first, 'the retry is the first answer');
  assert.equal(made, 1, 'the retry ran nothing');
  assert.equal((await post('two')).body, '{"id":2,"item":"tea"}');
  assert.equal((await post()).status, 400, 'the key is required');
  assert.equal(made, 2);
  await app.close();
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
