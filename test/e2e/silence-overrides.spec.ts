/** Parts that a test puts in the place of the application's are used, or the start says what else to override. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { type IdempotencyBackend, type IdempotencyLock, pair } from '@nestjs-idempotency/core';
import {
  BasicEncoder,
  IDEMPOTENCY_BACKEND,
  IDEMPOTENCY_ENCODER,
  IDEMPOTENCY_LOCK,
  IDEMPOTENCY_OPTIONS,
  IDEMPOTENCY_STORAGE,
  IdempotencyKey,
  IdempotencyModule,
  type IdempotencyOptions,
  MemoryLock,
  MemoryStorage,
} from 'nestjs-idempotency';
import { send } from './send.js';

@Controller('orders')
class Orders {
  @Post()
  @IdempotencyKey({ conflictStatus: null })
  create(): object {
    return { ordered: true };
  }
}

/** A backend that must not be asked. */
function down(): IdempotencyBackend {
  const no = (): Promise<never> => Promise.reject(new Error('The backend was asked.'));
  return { open: no, renew: no, release: no, settle: no, resettle: no, check: no };
}

/** Counts its claims. */
class CountingLock extends MemoryLock implements IdempotencyLock {
  claims = 0;

  override acquire(...asked: Parameters<MemoryLock['acquire']>): ReturnType<MemoryLock['acquire']> {
    this.claims += 1;
    return super.acquire(...asked);
  }
}

const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function start(options: IdempotencyOptions, override: (builder: TestingModuleBuilder) => TestingModuleBuilder) {
  const builder = Test.createTestingModule({ imports: [IdempotencyModule.forRoot(options)], controllers: [Orders] });
  const app = (await override(builder).compile()).createNestApplication({ logger: false });
  closing.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  return { app, ask: async (key: string) => (await send(port, '/orders', { key })).status };
}

describe('beside a backend', () => {
  it('storage and lock are used when both are overridden', async () => {
    const [storage, lock] = [new MemoryStorage(), new CountingLock()];
    const { ask } = await start({ backend: down() }, (builder) =>
      builder.overrideProvider(IDEMPOTENCY_STORAGE).useValue(storage).overrideProvider(IDEMPOTENCY_LOCK).useValue(lock),
    );
    expect(await ask('a')).toBe(201);
    expect([storage.size, lock.claims]).toEqual([1, 1]);
  });

  it.each([
    ['a storage', IDEMPOTENCY_STORAGE, new MemoryStorage(), 'override IDEMPOTENCY_LOCK as well, or IDEMPOTENCY_BACKEND'],
    ['a lock', IDEMPOTENCY_LOCK, new MemoryLock(), 'override IDEMPOTENCY_STORAGE as well, or IDEMPOTENCY_BACKEND'],
  ])('%s alone refuses the start', async (_, token, part, words) => {
    await expect(start({ backend: down() }, (builder) => builder.overrideProvider(token).useValue(part))).rejects.toThrow(words);
  });

  it('another backend is used', async () => {
    const storage = new MemoryStorage();
    const backend = pair(storage, new MemoryLock());
    const { ask, app } = await start({ backend: down() }, (builder) =>
      builder.overrideProvider(IDEMPOTENCY_BACKEND).useValue(backend),
    );
    expect(await ask('a')).toBe(201);
    expect(storage.size).toBe(1);
    expect(app.get(IDEMPOTENCY_BACKEND)).toBe(backend);
  });

  it('whoever asks the storage is told to ask the backend', async () => {
    const storage = new MemoryStorage();
    const { app } = await start({ backend: pair(storage, new MemoryLock()) }, (builder) => builder);
    await expect(app.get<MemoryStorage>(IDEMPOTENCY_STORAGE).find('slot')).rejects.toThrow('inject IDEMPOTENCY_BACKEND');
  });

  it.each<[IdempotencyOptions['lock'], string]>([
    [{ enabled: false }, '`lock.enabled: false` does nothing beside `backend`'],
    [{ name: 'shop' }, '`lock.name` does nothing beside `backend`'],
  ])('an option of the lock that it would ignore refuses the start: %j', async (lock, words) => {
    await expect(start({ backend: down(), ...(lock && { lock }) }, (builder) => builder)).rejects.toThrow(words);
  });
});

describe('without a backend', () => {
  it('storage, lock and encoder are used', async () => {
    const [storage, lock, encoder] = [new MemoryStorage(), new CountingLock(), new BasicEncoder()];
    const { ask } = await start({ profile: 'ietf' }, (builder) =>
      builder
        .overrideProvider(IDEMPOTENCY_STORAGE)
        .useValue(storage)
        .overrideProvider(IDEMPOTENCY_LOCK)
        .useValue(lock)
        .overrideProvider(IDEMPOTENCY_ENCODER)
        .useValue(encoder),
    );
    expect([await ask('a'), await ask('a')]).toEqual([201, 201]);
    expect([storage.size, lock.claims]).toEqual([1, 1]);
  });

  it('the storage of the default cache is the one that is injected', async () => {
    const week = new MemoryStorage();
    const { ask, app } = await start({ storage: { cacheName: 'week', caches: { week } } }, (builder) => builder);
    expect(app.get(IDEMPOTENCY_STORAGE)).toBe(week);
    expect([await ask('a'), week.size]).toEqual([201, 1]);
  });

  it('options are used, and checked', async () => {
    const { ask } = await start({}, (builder) => builder.overrideProvider(IDEMPOTENCY_OPTIONS).useValue({ keyFormat: 'uuid' }));
    expect(await ask('a')).toBe(400);
    await expect(
      start({}, (builder) => builder.overrideProvider(IDEMPOTENCY_OPTIONS).useValue({ profil: 'ietf' })),
    ).rejects.toThrow('did you mean `profile`?');
  });

  it.each([
    ['IDEMPOTENCY_STORAGE', IDEMPOTENCY_STORAGE],
    ['IDEMPOTENCY_LOCK', IDEMPOTENCY_LOCK],
    ['IDEMPOTENCY_BACKEND', IDEMPOTENCY_BACKEND],
    ['IDEMPOTENCY_ENCODER', IDEMPOTENCY_ENCODER],
  ])('what is none refuses the start: %s', async (name, token) => {
    await expect(start({}, (builder) => builder.overrideProvider(token).useValue({}))).rejects.toThrow(
      `${name} must be an object`,
    );
  });

  it('a class that makes something else, and a function that is no class, refuse the start', async () => {
    class Nothing {}
    const wrong = (use: unknown): IdempotencyOptions => ({ storage: { use } }) as IdempotencyOptions;
    await expect(start(wrong(Nothing), (builder) => builder)).rejects.toThrow('find, save, replace');
    await expect(
      start(
        wrong(() => new MemoryStorage()),
        (builder) => builder,
      ),
    ).rejects.toThrow('is not a class');
  });
});
