/** Whose key it is: what `scope` says, and what happens when it, or another callback of the application, says nothing that can be used. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { UnauthorizedException } from '@nestjs/common';
import { MemoryStorage } from '@nestjs-idempotency/core';
import { faulty, type Troubles } from '@nestjs-idempotency/testing';
import type { IdempotencyStorage, Identity, KeyedRequest } from 'nestjs-idempotency';
import { CONTROLLERS, Orders } from './orders.js';
import { closeAll, run, type Running } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

interface Caller {
  readonly headers: Readonly<Record<string, string>>;
}

const failures: [string, () => unknown][] = [
  ['an object', () => ({ id: 'ann' })],
  ['a promise of an object', () => Promise.resolve({ id: 'ann' })],
  ['an array', () => ['ann']],
  ['a symbol', () => Symbol('ann')],
  ['a function', () => () => 'ann'],
  ['a boolean', () => true],
  ['null', () => null],
  ['not a number', () => NaN],
  ['infinity', () => Infinity],
  ['an id beyond 2^53', () => 2 ** 53],
  ['a boxed string', () => new String('ann')],
  ['a date', () => new Date(0)],
  ['an error thrown', () => fail('ann is nobody')],
  ['undefined thrown', () => fail(undefined)],
  ['a rejection', () => Promise.reject(new Error('ann is nobody'))],
  ['a promise of a promise that rejects', () => Promise.resolve(Promise.reject(new Error('ann is nobody')))],
];

function fail(error: unknown): never {
  throw error;
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let orders: Orders;
  let running: Running;
  let troubles: Troubles<IdempotencyStorage>;

  const start = async (options: object): Promise<void> => {
    orders = new Orders();
    const storage = faulty<IdempotencyStorage>(new MemoryStorage());
    troubles = storage.troubles;
    running = await run(
      platform,
      { storage: { use: storage.port }, ...options },
      {
        controllers: CONTROLLERS,
        providers: [{ provide: Orders, useValue: orders }],
      },
    );
  };
  const post = (user?: string, key = 'k'): Promise<Reply> =>
    send(running.port, '/orders', { key, headers: user === undefined ? {} : { 'x-user': user } });
  const bodies = async (...users: (string | undefined)[]): Promise<string[]> => {
    const seen: string[] = [];
    for (const user of users) seen.push((await post(user)).text);
    return seen;
  };
  const faults = () => running.events.flatMap((event) => (event.kind === 'fault' ? [event.fault] : []));

  it.each(failures)('a scope that is %s lets nothing run and nothing be looked up', async (_, scope) => {
    await start({ scope });
    const refused = await post();
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([500, { reason: 'callback-failed' }]);
    expect(refused.text).not.toContain('nobody');
    expect([orders.runs, troubles.calls]).toEqual([0, []]);
    expect(faults()).toMatchObject([{ kind: 'callback-failed', callback: 'scope' }]);
    expect(running.events.at(-1)).toMatchObject({ kind: 'request', outcome: 'callback-failed' });
    expect(running.logged).toEqual([]);
  });

  it('an exception of Nest that a scope throws is the answer that it chose', async () => {
    for (const scope of [() => fail(new UnauthorizedException()), () => Promise.reject(new UnauthorizedException())]) {
      await start({ scope });
      expect((await post()).status).toBe(401);
      expect([orders.runs, troubles.calls, faults()]).toEqual([0, [], []]);
    }
  });

  it('a user is never given the answer of another one, whatever names them', async () => {
    const ids: Record<string, unknown> = {
      ann: 1,
      bob: '2',
      cid: Promise.resolve(3n),
      dan: Promise.resolve(4),
      eve: { then: (tell: (id: string) => void) => tell('5') },
    };
    await start({ scope: ({ headers }: Caller) => ids[headers['x-user'] ?? ''] });
    const seen = await bodies('ann', 'bob', 'cid', 'dan', 'eve', 'ann', 'bob', 'cid', 'dan', 'eve');
    expect(seen).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5].map((order) => JSON.stringify({ order })));
  });

  it('a number and its digits are one id, and undefined is nobody in particular', async () => {
    const ids: Record<string, unknown> = { number: 7, text: '7', big: 7n, none: undefined, empty: '' };
    await start({ scope: ({ headers }: Caller) => ids[headers['x-user'] ?? ''] });
    await bodies('number', 'text', 'big');
    expect(orders.runs).toBe(1);
    await bodies('none', 'empty');
    expect(orders.runs).toBe(2);
  });

  it('fifty at once with a scope that is a promise run once for each caller', async () => {
    await start({ scope: async ({ headers }: Caller) => (await new Promise(setImmediate), headers['x-user']), waitMs: 10_000 });
    const users = Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? 'ann' : 'bob'));
    const seen = await Promise.all(users.map((user) => post(user)));
    expect(orders.runs).toBe(2);
    expect(new Set(seen.map(({ text }, at) => `${users[at]} ${text}`)).size).toBe(2);
  });

  it.each<[string, (key: string) => unknown]>([
    ['throws for a key that is none', (key) => BigInt(key) > 0n],
    ['returns a promise', (key) => Promise.resolve(key === '1')],
    ['rejects', () => Promise.reject(new Error('SECRET'))],
  ])('a keyFormat that %s refuses the key, and is told of', async (_, keyFormat) => {
    await start({ keyFormat });
    const refused = await post(undefined, 'SECRET');
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { reason: 'key-invalid' }]);
    expect([orders.runs, troubles.calls]).toEqual([0, []]);
    expect(faults()).toMatchObject([{ kind: 'callback-failed', callback: 'keyFormat' }]);
    expect(running.logged).toEqual([]);
  });

  it('a keyFormat that throws for some keys takes the others', async () => {
    await start({ keyFormat: (key: string) => BigInt(key) > 0n });
    expect([(await post(undefined, '1')).status, (await post(undefined, '0')).status]).toEqual([201, 400]);
    expect(faults()).toEqual([]);
  });

  it.each<[string, (request: KeyedRequest) => unknown]>([
    ['throws', () => fail(new Error('SECRET'))],
    ['rejects', () => Promise.reject(new Error('SECRET'))],
    ['gives nothing', () => undefined],
    ['gives no slot', () => ({ fingerprint: 'f' })],
    ['gives a slot that is no text', ({ body }) => ({ slot: body, fingerprint: 'f' })],
    ['gives an empty slot', () => ({ slot: '', fingerprint: 'f' })],
  ])('an encoder that %s lets nothing run', async (_, encode) => {
    await start({ encoder: { encode: encode as (request: KeyedRequest) => Identity } });
    const refused = await post();
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([500, { reason: 'callback-failed' }]);
    expect([orders.runs, troubles.calls]).toEqual([0, []]);
    expect(faults()).toMatchObject([{ kind: 'callback-failed', callback: 'encoder' }]);
  });

  it('an encoder of the application sees what it saw before, and where the request was routed to', async () => {
    const seen: KeyedRequest[] = [];
    const encode = (request: KeyedRequest): Identity => (seen.push(request), { slot: request.key, fingerprint: 'f' });
    await start({ encoder: { encode }, scope: () => 'ann', application: 'shop' });
    await send(running.port, 'http://shop/orders?a=1', { key: 'k' });
    expect(seen).toMatchObject([
      {
        key: 'k',
        scope: 'p4:shopsann',
        method: 'POST',
        path: '/orders?a=1',
        contentType: 'application/json',
        body: { item: 1 },
        operation: { pattern: '/orders', params: {} },
      },
    ]);
  });
});
