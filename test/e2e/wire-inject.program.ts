/** One request, three times, injected into Fastify, in a process of its own: Jest cannot load what `inject()` needs. Prints what came. */
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

@Controller()
class Orders {
  @Post('orders')
  @IdempotencyKey()
  pay(): unknown {
    return { paid: 'x'.repeat(100_000) };
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf' })], controllers: [Orders] })
class Shop {}

const seen: unknown[] = [];
for (const isHooked of [false, true]) {
  const app = await NestFactory.create<NestFastifyApplication>(Shop, new FastifyAdapter(), { logger: false });
  const fastify = app.getHttpAdapter().getInstance();
  if (isHooked) fastify.addHook('onSend', (_request, _reply, payload) => Promise.resolve(payload));
  await app.init();
  await fastify.ready();
  for (let i = 0; i < 3; i++) {
    const reply = await app.inject({ method: 'POST', url: '/orders', headers: { 'idempotency-key': '"k"' } });
    seen.push([reply.statusCode, reply.headers['idempotency-replayed'] ?? null, reply.body.length]);
  }
  await app.close();
}
console.log(JSON.stringify(seen));
