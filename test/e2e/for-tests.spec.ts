/** `idempotencyForTests()` in tests of applications as teams write them: their stores are never asked, and nothing else of theirs changes. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BadRequestException, Body, Controller, type INestApplication, Module, Post, type Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { idempotencyForTests } from '@nestjs-idempotency/testing';
import {
  IDEMPOTENCY_GIVEN_OPTIONS,
  IDEMPOTENCY_OPTIONS,
  type IdempotencyEvent,
  IdempotencyKey,
  IdempotencyModule,
  type IdempotencyOptions,
} from 'nestjs-idempotency';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

/** Parts of a server that no test has: to ask them, or to check them at the start, fails. */
const down = (...methods: string[]): object =>
  Object.fromEntries([...methods, 'check'].map((name) => [name, () => Promise.reject(new Error('A server was asked.'))]));
const storage = down('find', 'save', 'replace');
const lock = down('acquire', 'renew', 'release');
const backend = down('open', 'renew', 'release', 'settle', 'resettle');

class Backend {
  readonly made = Object.assign(this, backend);
  transaction(): void {}
}

class FieldBackend {
  open(): void {}
  transaction = (): void => undefined;
  readonly made = Object.assign(this, backend);
}

class MadeBackend {
  constructor() {
    Object.assign(this, backend, { transaction: () => undefined });
  }
}

class ExtendingBackend extends FieldBackend {}

/** As a class of settings has them. */
class Settings {
  readonly #profile = 'ietf';
  readonly storage = new (class {
    get caches(): object {
      return { week: storage };
    }
  })();

  get profile(): string {
    return this.#profile;
  }

  get backend(): object {
    return backend;
  }

  scope(): string {
    return `${this.#profile} ann`;
  }
}

let orders = 0;
let hold: Promise<void> | undefined;
let begun = (): void => undefined;

@Controller('orders')
class Orders {
  @Post()
  @IdempotencyKey()
  async create(@Body() order: { item: number }): Promise<object> {
    const id = ++orders;
    begun();
    await hold;
    if (order.item < 0) throw new Error('It failed.');
    return { id };
  }

  @Post('checked')
  @IdempotencyKey({ cacheName: 'week' })
  checked(): object {
    return { id: ++orders };
  }
}

@Controller('transfers')
class Transfers {
  @Post()
  @IdempotencyKey({ transactional: true })
  async create(@Body() { item }: { item: number }): Promise<object> {
    const id = ++orders;
    await hold;
    if (item < 0) throw new BadRequestException();
    return { id };
  }
}

const idempotency = idempotencyForTests();
const seen: IdempotencyEvent[] = [];

/** As applications have it; what it is made of needs servers. */
function application(options: object, controllers: Type[] = [Orders]): new () => object {
  const onEvent = (event: IdempotencyEvent): number => seen.push(event);
  const given = { profile: 'ietf', scope: () => 'ann', onEvent, storage: { caches: { week: storage } }, ...options };
  @Module({ imports: [IdempotencyModule.forRootAsync({ useFactory: () => given as IdempotencyOptions })], controllers })
  class AppModule {}
  return AppModule;
}

it('overrides by the tokens that the library has', () => {
  const asked: unknown[] = [];
  idempotency.override({
    overrideProvider: (token) => {
      asked.push(token);
      return { useFactory: ({ inject: [given] }) => asked.push(given?.token) };
    },
  });
  expect(asked).toEqual([IDEMPOTENCY_OPTIONS, IDEMPOTENCY_GIVEN_OPTIONS]);
});

describe.each(PLATFORMS)('on %s', (platform) => {
  let app: INestApplication;
  const start = async (module: new () => object): Promise<void> => {
    const testing = await idempotency.override(Test.createTestingModule({ imports: [module] })).compile();
    app = testing.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter());
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
  };
  const post = async (path: string, key: string, item = 1): Promise<string> => {
    const { status, text } = await send(Number(new URL(await app.getUrl()).port), path, { key, body: { item } });
    return `${status} ${status < 300 ? text : (JSON.parse(text) as { reason?: string }).reason}`;
  };

  beforeEach(() => {
    idempotency.reset();
    orders = seen.length = 0;
    hold = undefined;
    begun = () => undefined;
  });
  afterEach(() => app.close());

  it.each<[string, object]>([
    ['a backend', { backend }],
    ['a storage and a lock', { storage: { use: storage, caches: { week: storage } }, lock: { use: lock } }],
  ])('the application works in memory in the place of %s', async (_, stores) => {
    await start(application(stores));
    expect([await post('/orders', 'a'), await post('/orders', 'a'), await post('/orders', 'a', 2)]).toEqual([
      '201 {"id":1}',
      '201 {"id":1}',
      '422 key-reused',
    ]);
    expect([await post('/orders/checked', 'c'), await post('/orders/checked', 'c')]).toEqual(['201 {"id":2}', '201 {"id":2}']);
    expect(idempotency.outcomes).toEqual(['executed', 'replayed', 'key-reused', 'executed', 'replayed']);
    expect([idempotency.runs, idempotency.replays]).toEqual([2, 2]);
    // The application's own listener is told as before.
    expect(seen).toHaveLength(5);
    idempotency.reset();
    expect(idempotency.events).toEqual([]);
    expect([await post('/orders', 'a'), await post('/orders/checked', 'c')]).toEqual(['201 {"id":3}', '201 {"id":4}']);
  });

  it('an answer is forgotten when the test lets its time pass', async () => {
    await start(application({ keepMs: 1_000 }));
    await post('/orders', 'a');
    idempotency.advance(999);
    expect(await post('/orders', 'a')).toBe('201 {"id":1}');
    idempotency.advance(1);
    expect(await post('/orders', 'a')).toBe('201 {"id":2}');
    expect(() => idempotency.advance(-1)).toThrow('Time runs on only');
  });

  it.each<[string, object]>([
    ['storage and lock', {}],
    ['a backend', { backend }],
  ])('one that runs has lapsed when the test lets its lease pass, over %s', async (_, stores) => {
    await start(application({ ...stores, leaseMs: 20_000 }));
    let release = (): void => undefined;
    hold = new Promise((resolve) => (release = resolve));
    const isRunning = new Promise<void>((resolve) => (begun = resolve));
    const first = post('/orders', 'a');
    await isRunning;
    expect(await post('/orders', 'a')).toBe('409 in-progress');
    idempotency.advance(20_000);
    hold = undefined;
    expect(await post('/orders', 'a')).toBe('201 {"id":2}');
    release();
    // It is late, and is given what its successor kept.
    expect(await first).toBe('201 {"id":2}');
    expect(idempotency.outcomes).toEqual(['in-progress', 'executed', 'superseded']);
    expect(idempotency.events).toContainEqual(expect.objectContaining({ kind: 'fault' }));
  });

  it('options of an instance count where they stand on its class', async () => {
    const given = new Settings() as unknown as IdempotencyOptions;
    @Module({ imports: [IdempotencyModule.forRootAsync({ useFactory: () => given })], controllers: [Orders] })
    class AppModule {}
    await start(AppModule);
    expect([await post('/orders', 'a'), await post('/orders', 'a'), await post('/orders', 'a', 2)]).toEqual([
      '201 {"id":1}',
      '201 {"id":1}',
      '422 key-reused',
    ]);
  });

  it.each([
    ['a method', Backend],
    ['a field', FieldBackend],
    ['a field above', ExtendingBackend],
    ['made with all else', MadeBackend],
  ])(
    'transactional routes run where `transaction` is %s, and what they keep is kept when they have ended well',
    async (_, type) => {
      await start(application({ backend: type }, [Transfers]));
      expect([await post('/transfers', 'a', -1), await post('/transfers', 'a', -1)]).toEqual(['400 undefined', '400 undefined']);
      expect([await post('/transfers', 'b'), await post('/transfers', 'b')]).toEqual(['201 {"id":3}', '201 {"id":3}']);
      expect([idempotency.runs, idempotency.replays]).toEqual([3, 1]);
      await idempotency.expectOnce(app).post('/transfers', { item: 1 }).holds();
    },
  );

  it('what a transactional route gives after its time is not kept', async () => {
    await start(application({ backend: Backend, holdAtMostMs: 50 }, [Transfers]));
    let release = (): void => undefined;
    hold = new Promise((resolve) => (release = resolve));
    expect(await post('/transfers', 'a')).toMatch(/^503 /);
    release();
    hold = undefined;
    expect(await post('/transfers', 'a')).toBe('201 {"id":2}');
  });

  it('a key that is held is free after a reset', async () => {
    await start(application({}));
    let release = (): void => undefined;
    hold = new Promise((resolve) => (release = resolve));
    const isRunning = new Promise<void>((resolve) => (begun = resolve));
    const first = post('/orders', 'a');
    await isRunning;
    idempotency.reset();
    hold = undefined;
    expect(await post('/orders', 'a')).toBe('201 {"id":2}');
    release();
    await first;
  });

  it('the same request twice is counted', async () => {
    await start(application({}));
    await idempotency.expectOnce(app).post('/orders', { item: 1 }).holds();
    expect(orders).toBe(3);
    await expect(idempotency.expectOnce(app).post('/orders/none', {}).oneAfterAnother()).rejects.toThrow(
      'POST /orders/none was answered with 404: the application has no such route',
    );
  });

  it('what was told is told before the client hears of it', async () => {
    await start(application({}));
    for (let at = 1; at <= 50; at += 1) {
      await post('/orders', `key-${at}`);
      expect([idempotency.runs, idempotency.replays]).toEqual([at, at - 1]);
      await post('/orders', `key-${at}`);
      expect([idempotency.runs, idempotency.replays]).toEqual([at, at]);
    }
  });
});

it('makes options of a test’s own, and leaves a mistake to the library', async () => {
  const made = await Test.createTestingModule({
    imports: [IdempotencyModule.forRoot(idempotency.options({ profile: 'ietf' }))],
    controllers: [Orders],
  })
    .compile()
    .catch(String);
  // The cache that a route names is not listed.
  expect(await (made as { init(): Promise<object> }).init().catch(String)).toContain('uses the cache "week"');
  const bare = idempotency.override(Test.createTestingModule({ imports: [IdempotencyModule] }));
  await expect(bare.compile()).rejects.toThrow('was given no options');
  const wrong = idempotency.override(Test.createTestingModule({ imports: [application({ profil: 'ietf' })] }));
  await expect(wrong.compile()).rejects.toThrow('did you mean `profile`?');
});
