/** A replay leaves whole also where an `end` below writes what it is given through the response, as injected responses and loggers do. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Controller, type INestApplication, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

const body = JSON.stringify({ paid: 'x'.repeat(100_000) });

@Controller()
class Orders {
  @Post('orders')
  @IdempotencyKey()
  pay(): unknown {
    return JSON.parse(body);
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf' })], controllers: [Orders] })
class Shop {}

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

interface Ending {
  write(chunk: unknown): boolean;
  end(chunk?: unknown): unknown;
}

function endByWrite(response: Ending): void {
  const { end } = response;
  response.end = function (this: Ending, chunk) {
    if (chunk !== undefined && chunk !== null) this.write(chunk);
    return end.call(this);
  };
}

describe.each(['express', 'fastify'])('on %s', (platform) => {
  it('a middleware whose end writes', async () => {
    const options = { logger: false as const, abortOnError: false };
    app =
      platform === 'fastify'
        ? await NestFactory.create(Shop, new FastifyAdapter(), options)
        : await NestFactory.create(Shop, options);
    if (platform === 'express') app.use((_: unknown, response: Ending, next: () => void) => (endByWrite(response), next()));
    else
      (app.getHttpAdapter().getInstance() as FastifyInstance).addHook('onRequest', (_request, reply, done) => {
        endByWrite(reply.raw);
        done();
      });
    await app.listen(0, '127.0.0.1');
    const url = `${await app.getUrl()}/orders`;
    for (const replayed of [null, 'true', 'true']) {
      const reply = await fetch(url, { method: 'POST', headers: { 'idempotency-key': '"k"' } });
      expect([reply.status, reply.headers.get('idempotency-replayed'), await reply.text()]).toEqual([201, replayed, body]);
    }
  });
});

it('a request that is injected into Fastify, with hooks and without', async () => {
  const command = ['../../tools/run.js', './wire-inject.program.ts'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, NODE_OPTIONS: '' } });
  const replay = [201, 'true', 100_011];
  expect(JSON.parse(stdout)).toEqual([[201, null, 100_011], replay, replay, [201, null, 100_011], replay, replay]);
});
