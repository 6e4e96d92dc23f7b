/** One set of options in any number of applications of a process: one after another, at once, and one that begins while another ends. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module, Post, type Type } from '@nestjs/common';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { type IdempotencyBackend, MemoryLock, MemoryStorage, pair } from '@nestjs-idempotency/core';
import { fromPool, PostgresBackend, PostgresLock, PostgresStorage } from '@nestjs-idempotency/postgres';
import { RedisBackend, RedisLock, RedisStorage } from '@nestjs-idempotency/redis';
import { createCache } from 'cache-manager';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import pg from 'pg';
import { layGround, type PostgresGround } from '../postgres/ground.js';
import { type RedisServer, startRedis } from '../servers/redis.js';
import { send } from './send.js';
import { type Platform, PLATFORMS, serve, type Server } from './serve.js';

@Controller('orders')
class Orders {
  static runs = 0;

  @Post()
  @IdempotencyKey()
  create(): object {
    return { runs: ++Orders.runs };
  }
}

let redis: RedisServer;
let postgres: PostgresGround;
beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(['--appendonly', 'yes']), layGround()]);
}, 120_000);
afterAll(() => Promise.all([redis.stop(), postgres.stop()]));

const servers = new Set<Server>();
const close = (server: Server): Promise<void> => {
  servers.delete(server);
  return server.close();
};
afterEach(() => Promise.all([...servers].map(close)));

type Running = Server & { order(key: string): Promise<string> };

async function start(platform: Platform, imported: object): Promise<Running> {
  @Module({ imports: [imported as Type], controllers: [Orders] })
  class AppModule {}
  const server = await serve(platform, AppModule, undefined, { logger: false });
  servers.add(server);
  const port = Number(new URL(server.url).port);
  const order = async (key: string): Promise<string> => {
    const { status, text } = await send(port, '/orders', { key: `"${key}"` });
    return `${status} ${text}`;
  };
  return { ...server, order };
}

const listen = (): pg.Client => new pg.Client({ connectionString: postgres.url });
const sql = () => fromPool(postgres.pool({ max: 3 }));

/** Each gives options of its own; what they hold is shared by the applications that are given them. */
const STORES: readonly (readonly [string, () => IdempotencyOptions])[] = [
  ['memory', () => ({ storage: { use: new MemoryStorage() }, lock: { use: new MemoryLock() } })],
  ['a pair in memory', () => ({ backend: pair(new MemoryStorage(), new MemoryLock()) })],
  ['cache-manager', () => ({ storage: { use: new CacheManagerStorage(createCache()) } })],
  ['a named cache', () => ({ storage: { cacheName: 'week', caches: { week: new RedisStorage(redis.url) } } })],
  ['Redis', () => ({ backend: new RedisBackend(redis.url) })],
  [
    'a storage and a lock in Redis',
    () => ({ storage: { use: new RedisStorage(redis.url) }, lock: { use: new RedisLock(redis.url) } }),
  ],
  ['Postgres', () => ({ backend: new PostgresBackend(sql(), { listen }) })],
  [
    'a storage and a lock in Postgres',
    () => ({ storage: { use: new PostgresStorage(sql()) }, lock: { use: new PostgresLock(sql(), { listen }) } }),
  ],
];

const WAYS: readonly (readonly [string, (options: IdempotencyOptions) => object])[] = [
  ['forRoot', (options) => IdempotencyModule.forRoot(options)],
  ['a factory', (options) => IdempotencyModule.forRootAsync({ useFactory: () => options })],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(STORES)('%s', (store, make) => {
    const made = (): IdempotencyOptions => ({ profile: 'ietf', application: `${platform} ${store}`, ...make() });

    it.each(WAYS)('by %s serves one after another, which know each other', async (way, module) => {
      const options = made();
      const kept: string[] = [];
      for (const life of [1, 2, 3]) {
        const app = await start(platform, module(options));
        kept.push(await app.order(`${way} one`));
        const own = await app.order(`${way} ${life}`);
        expect(own).toMatch(/^201 /);
        expect(await app.order(`${way} ${life}`)).toBe(own);
        await close(app);
      }
      expect(new Set(kept).size).toBe(1);
      expect(kept[0]).toMatch(/^201 /);
    });

    it('serves several at once, whichever of them ends', async () => {
      const options = made();
      const module = IdempotencyModule.forRoot(options);
      const [one, two, three] = await Promise.all([start(platform, module), start(platform, module), start(platform, module)]);
      const first = await one.order('at once');
      expect([first, await two.order('at once'), await three.order('at once')]).toEqual([first, first, first]);
      await close(one);
      expect(await two.order('at once')).toBe(first);
      const [, four] = await Promise.all([close(two), start(platform, module)]);
      for (const app of [three, four]) expect(await app.order('at once')).toBe(first);
      const next = await four.order('next');
      expect(next).toMatch(/^201 /);
      expect(await three.order('next')).toBe(next);
    });

    it('serves one that begins while the last one ends', async () => {
      const module = IdempotencyModule.forRoot(made());
      let app = await start(platform, module);
      const first = await app.order('handed on');
      for (const key of ['a', 'b', 'c']) {
        const last = app;
        [, app] = await Promise.all([close(last), start(platform, module)]);
        expect(await app.order('handed on')).toBe(first);
        const own = await app.order(`handed on ${key}`);
        expect(own).toMatch(/^201 /);
        expect(await app.order(`handed on ${key}`)).toBe(own);
      }
    });
  });
});

/** Ends only when it is let, and is open again by a check, as one that connects by itself. */
class Slow extends MemoryStorage {
  isOpen = false;
  letEnd: (() => void) | undefined;

  /** Waits until an end is asked for, and lets it be over. */
  async end(meanwhile: () => void = () => undefined): Promise<void> {
    while (!this.letEnd) await new Promise((again) => setImmediate(again));
    meanwhile();
    // Far more turns than an application takes to its first check, if nothing holds it.
    for (let turn = 0; turn < 200; turn += 1) await new Promise((again) => setImmediate(again));
    this.letEnd();
    this.letEnd = undefined;
  }

  check(): Promise<readonly string[]> {
    this.isOpen = true;
    return Promise.resolve([]);
  }

  async close(): Promise<void> {
    await new Promise<void>((end) => (this.letEnd = end));
    this.isOpen = false;
  }
}

it('an end that takes its time is over before the next application opens what it ends', async () => {
  const storage = new Slow();
  const module = IdempotencyModule.forRoot({ profile: 'ietf', storage: { use: storage } });
  const one = await start('express', module);
  let begun: Promise<Running> | undefined;
  const ended = close(one);
  await storage.end(() => {
    begun = start('express', module);
  });
  await ended;
  const two = (await begun) as Running;
  expect(storage.isOpen).toBe(true);
  await Promise.all([close(two), storage.end()]);
  expect(storage.isOpen).toBe(false);
});

it('a memory that drops tells no application that has ended', async () => {
  const storage = new MemoryStorage({ maxRecords: 1, whenFull: 'drop-oldest' });
  const told: string[] = [];
  const by = (name: string): object =>
    IdempotencyModule.forRoot({
      profile: 'ietf',
      storage: { use: storage },
      onEvent: ({ kind }) => {
        if (kind === 'fault') told.push(name);
      },
    });
  await close(await start('express', by('one')));
  const two = await start('express', by('two'));
  for (const key of ['a', 'b']) await two.order(key);
  expect(told).toEqual(['two']);
});

it('a backend whose check refuses leaves those alone that use it', async () => {
  const base = pair(new MemoryStorage(), new MemoryLock());
  let checks = 0;
  let isClosed = false;
  const backend: IdempotencyBackend = {
    ...base,
    check: () => (++checks > 1 ? Promise.reject(new Error('no more')) : Promise.resolve([])),
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
  };
  const module = IdempotencyModule.forRoot({ profile: 'ietf', backend });
  const one = await start('express', module);
  await expect(start('express', module)).rejects.toThrow('no more');
  expect(isClosed).toBe(false);
  expect(await one.order('a')).toMatch(/^201 /);
  await close(one);
  expect(isClosed).toBe(true);
});
