/** `onSend` hooks of Fastify run on a replay however they came, and what hooks see of a replay is the same where there is none. */
import { randomUUID } from 'node:crypto';
import { Controller, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { ask, type Seen, valuesOf } from './wire/ask.js';
import { Log } from './wire/platforms.js';
import { shop } from './wire/shop.js';

type Way = (fastify: FastifyInstance) => void;

/** Fastify's own mark of a plugin that adds to the application around it. */
const ADDS_OUTSIDE = Symbol.for('skip-override');

let ran: string[] = [];
let app: NestFastifyApplication | undefined;
let runs = 0;

@Controller()
class Orders {
  @Post('orders')
  create(@Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }): object {
    reply.header('X-Both', 'handler');
    return { run: (runs += 1) };
  }
}

async function serve(before: Way, afterInit: Way = () => undefined): Promise<{ url: string; log: Log }> {
  const adapter = new FastifyAdapter();
  const log = new Log();
  app = await NestFactory.create<NestFastifyApplication>(shop(Orders, { profile: 'ietf' }), adapter, { logger: log });
  before(adapter.getInstance());
  await app.init();
  afterInit(adapter.getInstance());
  await app.listen(0, '127.0.0.1');
  return { url: `${await app.getUrl()}/orders`, log };
}

async function twice(url: string): Promise<[Seen, Seen]> {
  const headers = { 'idempotency-key': randomUUID() };
  return [await ask(url, headers), await ask(url, headers)];
}

const hook =
  (name: string) =>
  async (_request: unknown, reply: { header(name: string, value: string): unknown }, payload: unknown): Promise<unknown> => {
    ran.push(name);
    reply.header('X-Frame-Options', 'DENY');
    return payload;
  };

afterEach(async () => {
  ran = [];
  runs = 0;
  await app?.close();
  app = undefined;
});

describe('an onSend hook runs on a replay', () => {
  const nothing: Way = () => undefined;
  it.each<[string, Way, Way]>([
    ['of the application', (fastify) => void fastify.addHook('onSend', hook('it')), nothing],
    ['that is added when the routes are there', nothing, (fastify) => void fastify.addHook('onSend', hook('it'))],
    [
      'of a plugin',
      (fastify) => {
        const plugin = async (inside: FastifyInstance): Promise<void> => void inside.addHook('onSend', hook('it'));
        void fastify.register(Object.assign(plugin, { [ADDS_OUTSIDE]: true }) as never);
      },
      nothing,
    ],
    [
      'of the route alone',
      (fastify) => {
        fastify.addHook('onRoute', (route) => void (route.onSend = [hook('it') as never]));
      },
      nothing,
    ],
  ])('%s', async (_, before, afterInit) => {
    const { url, log } = await serve(before, afterInit);
    const answers = await twice(url);
    expect(ran).toEqual(['it', 'it']);
    for (const seen of answers) expect(valuesOf(seen, 'x-frame-options')).toEqual(['DENY']);
    expect(answers.map(({ body }) => body.toString())).toEqual(['{"run":1}', '{"run":1}']);
    expect(log.lines).toEqual([]);
  });
});

it('a hook of a plugin that keeps to itself runs on neither', async () => {
  const { url } = await serve((fastify) => {
    void fastify.register(async (inside: FastifyInstance) => void inside.addHook('onSend', hook('it')));
  });
  await twice(url);
  expect(ran).toEqual([]);
});

it.each([
  ['without an onSend hook', []],
  ['with one', ['it', 'it']],
])('what was put on the reply before stays, and onResponse hooks see what left: %s', async (_, hooks) => {
  const responses: unknown[] = [];
  const { url, log } = await serve((fastify) => {
    if (hooks.length > 0) fastify.addHook('onSend', hook('it'));
    fastify.addHook('onRequest', async (_request, reply) => {
      reply
        .header('Content-Type', 'application/vnd.shop+json')
        .header('X-Request', 'fresh')
        .header('X-Both', 'before')
        .header('Set-Cookie', ['a=1', 'b=2']);
      reply.raw.setHeader('X-Raw', 'fresh');
    });
    fastify.addHook('onResponse', async (_request, reply) => {
      const { sent, statusCode } = reply;
      const seen = ['content-type', 'content-length', 'x-request', 'x-both', 'x-raw'].map((name) =>
        String(reply.getHeader(name)),
      );
      responses.push({ sent, statusCode, seen, all: reply.getHeaders()['content-type'] });
    });
  });
  const [first, second] = await twice(url);
  expect(second.body.equals(first.body)).toBe(true);
  expect(ran).toEqual(hooks);
  for (const header of ['content-type', 'content-length', 'x-request', 'x-both', 'x-raw', 'set-cookie'])
    expect([header, valuesOf(second, header)]).toEqual([header, valuesOf(first, header)]);
  expect(valuesOf(second, 'set-cookie')).toEqual(['a=1', 'b=2']);
  expect(responses[1]).toEqual(responses[0]);
  expect(responses).toHaveLength(2);
  expect(log.lines).toEqual([]);
});
