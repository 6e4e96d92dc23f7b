/** Answers of the library's that pages show, made anew. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

/** What a second request is told while the first runs, compared with `shown`; the time that is left of its lease is as it is. */
export async function whileTheFirstRuns(shown: string): Promise<void> {
  const moments = new EventEmitter();

  @Controller('orders')
  class OrdersController {
    @Post()
    @IdempotencyKey()
    async create() {
      moments.emit('began');
      await once(moments, 'end');
      return {};
    }
  }
  @Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf' })], controllers: [OrdersController] })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/orders`;
  const ask = () => fetch(url, { method: 'POST', headers: { 'idempotency-key': '3a9f', connection: 'close' } });
  const began = once(moments, 'began');
  const first = ask();
  await began;
  const told = await ask();
  moments.emit('end');
  await first;
  await app.close();

  const [expected, answered] = [JSON.parse(shown) as object, JSON.parse(await told.text()) as { retryAfterMs: number }];
  const { retryAfterMs } = answered;
  assert.ok(retryAfterMs > 0 && retryAfterMs <= 30_000, `retryAfterMs is ${retryAfterMs}`);
  assert.deepEqual({ ...answered, retryAfterMs: 0 }, { ...expected, retryAfterMs: 0 });
  assert.equal(told.headers.get('retry-after'), String(Math.ceil(retryAfterMs / 1_000)));
}
