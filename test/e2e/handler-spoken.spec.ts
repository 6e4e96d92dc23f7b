/** A handler that answers by itself and has said a success does not run again, whatever becomes of its answer behind it. */
import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { Controller, type INestApplication, Module, Next, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

/** What both platforms give a handler, as far as it is used here. */
interface Answering {
  status(code: number): Answering;
  type(name: string): Answering;
  send(body: unknown): unknown;
  json(body: unknown): unknown;
  render(view: string, rendered?: () => void): unknown;
  sendFile(path: string): unknown;
  download(path: string): unknown;
  view(name: string): unknown;
}

type Answers = (response: Answering, next: (error: unknown) => void) => unknown;

let app: INestApplication | undefined;
let runs = 0;

/** Serves one handler, and tells the statuses of three requests with one key, and how often it ran. */
async function thrice(
  platform: string,
  answers: Answers,
  prepare: (fastify: FastifyInstance) => void = () => undefined,
  prepareExpress: (express: INestApplication) => void = () => undefined,
) {
  @Controller()
  class Orders {
    @Post('orders')
    @IdempotencyKey()
    pay(@Res() response: Answering, @Next() next: (error: unknown) => void): unknown {
      runs += 1;
      return answers(response, next);
    }
  }
  @Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf' })], controllers: [Orders] })
  class Shop {}

  runs = 0;
  const options = { logger: false as const };
  app =
    platform === 'fastify'
      ? await NestFactory.create(Shop, new FastifyAdapter(), options)
      : await NestFactory.create<NestExpressApplication>(Shop, options);
  if (platform === 'fastify') prepare(app.getHttpAdapter().getInstance() as FastifyInstance);
  else prepareExpress(app);
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/orders`;
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++)
    statuses.push((await fetch(url, { method: 'POST', headers: { 'idempotency-key': '"spoken"' } })).status);
  return { statuses, runs };
}

afterEach(async () => {
  await app?.close();
  app = undefined;
});

const failing = (): PassThrough => {
  const source = new PassThrough();
  setImmediate(() => source.destroy(new Error('source failed')));
  return source;
};
const paid: Answers = (response) => void response.status(201).send({ paid: true });
const onRequest =
  (name: 'preSerialization' | 'onSend', hook: (reply: { code(status: number): unknown }, payload: unknown) => unknown) =>
  (fastify: FastifyInstance) =>
    fastify.addHook(name as 'onSend', (_request, reply, payload) =>
      // Only the first: what becomes of the error, or of the refusal of a retry, is none of this.
      Promise.resolve(String(reply.statusCode) === '201' ? hook(reply, payload) : payload),
    );
const fails = (): never => {
  throw new Error('audit is down');
};

describe('on fastify', () => {
  const reading =
    (path: string): Answers =>
    (response) =>
      void response.status(201).send(createReadStream(path));

  const asItIs = (): void => undefined;

  it.each<[string, Answers, (fastify: FastifyInstance) => void]>([
    ['a hook before it is serialised throws', paid, onRequest('preSerialization', fails)],
    ['a hook before it leaves throws', paid, onRequest('onSend', fails)],
    ['a hook before it leaves sets 503', paid, onRequest('onSend', (reply, payload) => (reply.code(503), payload))],
    [
      'an asynchronous one has a hook throw',
      async (response) => (await Promise.resolve(), response.status(201).send({ paid: true })),
      onRequest('onSend', fails),
    ],
    [
      'its body is of a type that cannot be sent',
      (response) => void response.status(201).type('text/plain').send({ paid: true }),
      asItIs,
    ],
    ['its file is missing', reading('/nowhere/receipt.pdf'), asItIs],
    ['its stream fails before its first byte', (response) => void response.status(201).send(failing()), asItIs],
    ['it returns what it sends, which fails', async (response) => response.status(201).send(failing()), asItIs],
    [
      'its view fails',
      (response) => void response.status(201).view('receipt'),
      (fastify) =>
        fastify.decorateReply('view', function (this: { send(error: Error): unknown }) {
          return this.send(new Error('no such view'));
        }),
    ],
  ])('%s', async (_, answers, prepare) => {
    const { statuses, runs } = await thrice('fastify', answers, prepare);
    expect(runs).toBe(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(500);
    expect(statuses.slice(1)).toEqual([409, 409]);
  });
});

describe('on express', () => {
  it.each<[string, Answers]>([
    ['its view is missing', (response) => void response.status(201).render('nowhere')],
    ['its body is no JSON', (response) => void response.status(201).json({ amount: 1n })],
    ['its file is missing', (response) => void response.status(201).sendFile('/nowhere/receipt.pdf')],
    ['its download is missing', (response) => void response.status(201).download('/nowhere/receipt.pdf')],
    [
      'its body is no JSON, and it says so itself',
      (response) => {
        setImmediate(() => {
          try {
            response.status(201).json({ amount: 1n });
          } catch {
            response.status(500).json({ error: 'receipt' });
          }
        });
      },
    ],
  ])('%s', async (_, answers) => {
    const { statuses, runs } = await thrice('express', answers);
    expect(runs).toBe(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
    expect(statuses.slice(1)).toEqual([409, 409]);
  });
});

describe.each(['express', 'fastify'])('on %s', (platform) => {
  it('runs again where it said an error itself, though a success stood on the response', async () => {
    const { statuses, runs } = await thrice(platform, (response) => void response.status(201).status(500).send({ error: 'no' }));
    expect([runs, ...statuses]).toEqual([3, 500, 500, 500]);
  });

  it('gives again what it said and nobody made an error of', async () => {
    const { statuses, runs } = await thrice(platform, paid);
    expect([runs, ...statuses]).toEqual([1, 201, 201, 201]);
  });
});

it.each(['express', 'fastify'])('on %s its answer is said through somebody else’s way, and fails behind it', async (platform) => {
  let isFirst = true;
  const wrapping = (response: object, way: string): void => {
    const own = Reflect.get(response, way) as (this: unknown, ...given: unknown[]) => unknown;
    Reflect.set(response, way, function (this: unknown, ...given: unknown[]) {
      const fails = platform === 'express' && isFirst;
      isFirst = false;
      if (fails) throw new Error('audit is down');
      return own.apply(this, given);
    });
  };
  const { statuses, runs } = await thrice(
    platform,
    (response) => void response.status(201)[platform === 'express' ? 'json' : 'send']({ paid: true }),
    (fastify) => {
      fastify.addHook('preHandler', (_request, reply, done) => (wrapping(reply, 'send'), done()));
      onRequest('onSend', fails)(fastify);
    },
    (express) => express.use((_request: unknown, response: object, next: () => void) => (wrapping(response, 'json'), next())),
  );
  expect(runs).toBe(1);
  expect(statuses.slice(1)).toEqual([409, 409]);
});

it('on express has said nothing by a template that it renders for itself', async () => {
  const { statuses, runs } = await thrice('express', (response) => {
    response.status(201);
    try {
      response.render('receipt', () => undefined);
    } catch {
      // There is no engine for it here.
    }
    response.status(503).json({ error: 'mail' });
  });
  expect([runs, ...statuses]).toEqual([3, 503, 503, 503]);
});

it('on express runs again where it handed an error on', async () => {
  const { runs } = await thrice('express', (response, next) => {
    response.status(201);
    next(new Error('no'));
  });
  expect(runs).toBe(3);
});
