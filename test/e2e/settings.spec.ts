/** Each setting and decorator of django-idempotency-key by its name, in this library's form, on both platforms. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { All, Controller, Header, HttpCode, Injectable, Post } from '@nestjs/common';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { MemoryLock, MemoryStorage, type Lease } from '@nestjs-idempotency/core';
import { createCache } from 'cache-manager';
import {
  type IdempotencyEncoder,
  IdempotencyExempt,
  IdempotencyKey,
  IdempotencyManual,
  IdempotencyState,
  type IdempotencyOptions,
  type KeyedRequest,
} from 'nestjs-idempotency';
import { send, type Reply } from './send.js';
import { closeAll, run, type Running } from './running.js';
import { type Platform, PLATFORMS } from './serve.js';

/** Counts its runs and, while `held`, lets none of them end. */
class Orders {
  runs = 0;
  held: Promise<void> | undefined;
  async place(): Promise<object> {
    const order = ++this.runs;
    await this.held;
    return { order };
  }
}

@Controller()
class OrdersController {
  constructor(private readonly orders: Orders) {}

  @All('undecorated')
  @HttpCode(201)
  undecorated() {
    return this.orders.place();
  }

  @Post('orders')
  @Header('Location', '/orders/1')
  @IdempotencyKey()
  create() {
    return this.orders.place();
  }

  @Post('optional')
  @IdempotencyKey({ optional: true })
  optional() {
    return this.orders.place();
  }

  @Post('exempt')
  @IdempotencyExempt()
  exempt() {
    return this.orders.place();
  }

  @Post('accepted')
  @HttpCode(202)
  @IdempotencyKey()
  accepted() {
    return this.orders.place();
  }

  @Post('manual')
  @IdempotencyManual()
  async manual(@IdempotencyState() state: IdempotencyState) {
    const placed = await this.orders.place();
    const before = state.answer && Buffer.from(state.answer.body).toString();
    return { ...placed, exists: state.exists, before: before ?? null, status: state.answer?.status ?? null };
  }
}

@Controller()
class WeekController {
  constructor(private readonly orders: Orders) {}

  @Post('week')
  @IdempotencyKey({ cacheName: 'SevenDayCache' })
  week() {
    return this.orders.place();
  }
}

/** A storage that notes where records go, under a name. */
class NotedStorage extends MemoryStorage {
  readonly saved: string[] = [];
  override save(slot: string, record: Uint8Array, keepMs: number) {
    this.saved.push(slot);
    this.keptFor = keepMs;
    return super.save(slot, record, keepMs);
  }
  keptFor: number | undefined;
}

/** A lock that notes what it was asked. */
class NotedLock extends MemoryLock {
  readonly asked: { readonly slot: string; readonly leaseMs: number }[] = [];
  override acquire(lease: Lease, leaseMs: number, traceMs: number) {
    this.asked.push({ slot: lease.slot, leaseMs });
    return super.acquire(lease, leaseMs, traceMs);
  }
}

@Injectable()
class EncoderByKeyAlone implements IdempotencyEncoder {
  encode({ key }: KeyedRequest) {
    return { slot: `by-key-${key}`, fingerprint: 'any' };
  }
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform: Platform) => {
  let orders: Orders;
  let served: Running;
  const start = async (options: IdempotencyOptions = {}): Promise<void> => {
    orders = new Orders();
    served = await run(platform, options, {
      controllers: options.storage?.caches ? [OrdersController, WeekController] : [OrdersController],
      providers: [{ provide: Orders, useValue: orders }],
    });
  };
  const post = (path: string, key?: string): Promise<Reply> => send(served.port, path, { key });
  const statuses = async (path: string, ...keys: (string | undefined)[]): Promise<number[]> => {
    const seen: number[] = [];
    for (const key of keys) seen.push((await post(path, key)).status);
    return seen;
  };

  describe('IdempotencyKeyMiddleware → mode: opt-out', () => {
    it('protects undecorated handlers, and requires their key', async () => {
      await start({ mode: 'opt-out' });
      await expect(statuses('/undecorated', undefined, 'k', 'k')).resolves.toEqual([400, 201, 409]);
      expect(orders.runs).toBe(1);
    });

    it('leaves exempt handlers and safe methods alone', async () => {
      await start({ mode: 'opt-out' });
      await expect(statuses('/exempt', undefined, 'k', 'k')).resolves.toEqual([201, 201, 201]);
      const got = await send(served.port, '/undecorated', { method: 'GET', body: null, key: 'k' });
      expect(got.status).toBe(201);
      expect(orders.runs).toBe(4);
    });
  });

  describe('ExemptIdempotencyKeyMiddleware → mode: opt-in', () => {
    it('is the default, and protects decorated handlers only', async () => {
      await start();
      await expect(statuses('/undecorated', 'k', 'k')).resolves.toEqual([201, 201]);
      await expect(statuses('/orders', undefined, 'k', 'k')).resolves.toEqual([400, 201, 409]);
    });
  });

  describe('ENCODER_CLASS → encoder', () => {
    it.each([
      ['an instance', new EncoderByKeyAlone()],
      ['a class that Nest makes', EncoderByKeyAlone],
    ])('is asked which requests are the same: %s', async (_, encoder) => {
      await start({ encoder });
      await expect(statuses('/orders', 'k')).resolves.toEqual([201]);
      const elsewhere = await send(served.port, '/accepted', { key: 'k', body: { another: 'body' } });
      expect([elsewhere.status, elsewhere.text]).toEqual([409, '{"order":1}']);
    });

    it('takes another path, query, method and body for another request by default', async () => {
      await start({ mode: 'opt-out' });
      const asked = [{}, { body: { item: 2 } }, { method: 'PUT' }];
      for (const one of asked) expect((await send(served.port, '/undecorated', { key: 'k', ...one })).status).toBe(201);
      expect((await post('/undecorated?page=2', 'k')).status).toBe(201);
      expect((await post('/orders', 'k')).status).toBe(201);
      expect((await post('/undecorated', 'k')).status).toBe(409);
      expect(orders.runs).toBe(5);
    });
  });

  describe('CONFLICT_STATUS_CODE → conflictStatus', () => {
    it.each([
      ['409 by default', {}, 409],
      ['any status', { conflictStatus: 418 }, 418],
      ['the first status when null', { conflictStatus: null }, 202],
    ])('answers a replay with %s, and the first body and headers', async (_, options, status) => {
      await start(options);
      const first = await post('/accepted', 'k');
      const replay = await post('/accepted', 'k');
      expect([first.status, first.text]).toEqual([202, '{"order":1}']);
      expect([replay.status, replay.text]).toEqual([status, '{"order":1}']);
      expect(replay.headers['content-type']).toBe(first.headers['content-type']);
    });

    it('gives the listed headers of the first answer back', async () => {
      await start();
      await post('/orders', 'k');
      expect((await post('/orders', 'k')).headers['location']).toBe('/orders/1');
    });
  });

  describe('HEADER → header', () => {
    it('reads the key from that header, whatever its case, and from no other', async () => {
      await start({ header: 'X-Request-Key' });
      const sent = (name: string) => send(served.port, '/orders', { headers: { [name]: 'k' } });
      expect([
        (await sent('idempotency-key')).status,
        (await sent('X-REQUEST-KEY')).status,
        (await sent('x-request-key')).status,
      ]).toEqual([400, 201, 409]);
    });
  });

  describe('STORAGE.CLASS → storage.use', () => {
    it.each([
      ['memory by default', {}],
      ['a storage that is given', { use: new MemoryStorage() }],
      ['a class that Nest makes', { use: NotedStorage }],
      ['a cache', { use: new CacheManagerStorage(createCache()) }],
    ])('keeps answers in %s', async (_, storage) => {
      await start({ storage });
      await expect(statuses('/orders', 'k', 'k', 'other')).resolves.toEqual([201, 409, 201]);
    });

    it('asks the storage that is given, by slots that do not hold the key', async () => {
      const storage = new NotedStorage();
      await start({ storage: { use: storage } });
      await post('/orders', 'a-key-of-mine');
      expect(storage.saved).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
    });
  });

  describe('STORAGE.CACHE_NAME → storage.cacheName', () => {
    it('names the storage of routes that name none', async () => {
      const [day, week] = [new NotedStorage(), new NotedStorage()];
      await start({ storage: { caches: { DayCache: day, SevenDayCache: week }, cacheName: 'DayCache' } });
      await expect(statuses('/orders', 'k', 'k')).resolves.toEqual([201, 409]);
      expect([day.size, week.size]).toEqual([1, 0]);
    });
  });

  describe('@idempotency_key(cache_name=…) → cacheName', () => {
    it('wins over storage.cacheName', async () => {
      const [day, week] = [new NotedStorage(), new NotedStorage()];
      await start({ storage: { caches: { DayCache: day, SevenDayCache: week }, cacheName: 'DayCache' } });
      await expect(statuses('/week', 'k', 'k')).resolves.toEqual([201, 409]);
      expect([day.size, week.size]).toEqual([0, 1]);
    });
  });

  describe('STORAGE.STORE_ON_STATUSES → storage.storeOnStatuses', () => {
    it('keeps the listed statuses only', async () => {
      await start({ storage: { storeOnStatuses: [202] } });
      await expect(statuses('/orders', 'k', 'k')).resolves.toEqual([201, 201]);
      await expect(statuses('/accepted', 'k', 'k')).resolves.toEqual([202, 409]);
    });
  });

  describe('keepMs', () => {
    it('is told to the storage', async () => {
      const storage = new NotedStorage();
      await start({ storage: { use: storage, keepMs: 1_234 } });
      await post('/orders', 'k');
      expect(storage.keptFor).toBe(1_234);
    });
  });

  describe('LOCK.CLASS → lock.use', () => {
    it.each([
      ['an instance', new NotedLock()],
      ['a class that Nest makes', NotedLock],
    ])('decides who may run: %s', async (_, use) => {
      await start({ lock: { use } });
      await expect(statuses('/orders', 'k', 'k')).resolves.toEqual([201, 409]);
      if (use instanceof NotedLock) expect(use.asked).toHaveLength(1);
    });
  });

  describe('LOCK.ENABLE → lock.enabled', () => {
    it('lets duplicates in flight all run when false, and says so at start-up', async () => {
      await start({ lock: { enabled: false } });
      let release = (): void => undefined;
      orders.held = new Promise((resolve) => (release = resolve));
      const both = Promise.all([post('/orders', 'k'), post('/orders', 'k')]);
      while (orders.runs < 2) await new Promise((resolve) => setImmediate(resolve));
      release();
      const [one, two] = await both;
      expect(one.text).toBe(two.text);
      expect(served.logged).toEqual([expect.stringContaining('lock.enabled: false')]);
    });
  });

  describe('LOCK.TIMEOUT → lock.timeoutMs', () => {
    it('is how long a duplicate waits before it is answered 423, without running', async () => {
      await start({ lock: { timeoutMs: 30 } });
      let release = (): void => undefined;
      orders.held = new Promise((resolve) => (release = resolve));
      const first = post('/orders', 'k');
      while (orders.runs < 1) await new Promise((resolve) => setImmediate(resolve));
      const duplicate = await post('/orders', 'k');
      release();
      expect([duplicate.status, duplicate.headers['retry-after']]).toEqual([423, undefined]);
      expect([(await first).status, orders.runs]).toEqual([201, 1]);
    });

    it('lets a duplicate have the answer if it comes in time', async () => {
      const [use, storage] = [new NotedLock(), { use: new MemoryStorage() }];
      await start({ lock: { use, timeoutMs: 20_000 }, storage });
      const impatient = await run(platform, { lock: { use }, storage }, { controllers: [OrdersController], providers: [Orders] });
      let release = (): void => undefined;
      orders.held = new Promise((resolve) => (release = resolve));
      const first = post('/orders', 'k');
      while (orders.runs < 1) await new Promise((resolve) => setImmediate(resolve));
      const duplicate = post('/orders', 'k');
      while (use.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
      // Who asked later and waits for the default is refused: by then the duplicate would have been, too.
      expect((await send(impatient.port, '/orders', { key: 'k' })).status).toBe(423);
      release();
      expect([(await first).status, (await duplicate).status, (await duplicate).text, orders.runs]).toEqual([
        201,
        409,
        '{"order":1}',
        1,
      ]);
    });
  });

  describe('LOCK.TTL → lock.leaseMs', () => {
    it.each([
      ['half a minute by default', {}, 30_000],
      ['as long as it is set', { leaseMs: 4_321 }, 4_321],
    ])('is how long a claim outlives its holder: %s', async (_, options, leaseMs) => {
      const use = new NotedLock();
      await start({ lock: { use, ...options } });
      await post('/orders', 'k');
      expect(use.asked.map((asked) => asked.leaseMs)).toEqual([leaseMs]);
    });
  });

  describe('LOCK.NAME → lock.name', () => {
    it('keeps applications apart that share a lock', async () => {
      const use = new NotedLock();
      await start({ lock: { use, name: 'shop' } });
      await post('/orders', 'k');
      expect(use.asked.map(({ slot }) => slot)).toEqual([expect.stringMatching(/^shop:/)]);
    });
  });

  describe('@idempotency_key(optional=True) → optional', () => {
    it('runs unprotected without a key, and protected with one', async () => {
      await start();
      await expect(statuses('/optional', undefined, undefined, 'k', 'k')).resolves.toEqual([201, 201, 201, 409]);
    });
  });

  describe('@idempotency_key_manual → @IdempotencyManual()', () => {
    it('runs every time, sees the kept answer, and replaces it', async () => {
      await start();
      const seen = [await post('/manual', 'k'), await post('/manual', 'k'), await post('/manual', 'k')];
      expect(seen.map(({ status }) => status)).toEqual([201, 201, 201]);
      expect(seen.map(({ text }) => (JSON.parse(text) as { before: string | null }).before)).toEqual([
        null,
        seen[0]?.text,
        seen[1]?.text,
      ]);
    });
  });
});
