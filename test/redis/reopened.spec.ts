/** One backend in two applications: what the one closes is open for the other, and a URL without a driver refuses the start. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Module, Post, type Type } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { RedisBackend, RedisLock, RedisStorage } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { serve, type Server } from '../e2e/serve.js';
import { send } from '../e2e/send.js';
import { startRedis, type RedisServer } from '../servers/redis.js';
import { until } from './until.js';

jest.setTimeout(30_000);

@Controller('orders')
class Orders {
  static runs = 0;

  @Post()
  @IdempotencyKey({ conflictStatus: null })
  create(): object {
    return { runs: ++Orders.runs };
  }
}

let redis: RedisServer;
let admin: Redis;
const servers = new Set<Server>();
beforeAll(async () => {
  redis = await startRedis(['--appendonly', 'yes']);
  admin = new Redis(redis.url);
}, 120_000);
afterEach(() => Promise.all([...servers].map(close)));
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
});

const close = (server: Server): Promise<void> => {
  servers.delete(server);
  return server.close();
};

async function start(imported: object): Promise<Server & { order(key: string): Promise<string> }> {
  @Module({ imports: [imported as Type], controllers: [Orders] })
  class AppModule {}
  const server = await serve('express', AppModule, undefined, { logger: false });
  servers.add(server);
  const port = Number(new URL(server.url).port);
  const order = async (key: string): Promise<string> => {
    const { status, text } = await send(port, '/orders', { key });
    return `${status} ${text}`;
  };
  return { ...server, order };
}

/** Connections to the server besides that of this test. */
const connections = async (): Promise<number> => ((await admin.client('LIST')) as string).trim().split('\n').length - 1;

const PAIRS: readonly [string, () => object][] = [
  ['a backend', () => IdempotencyModule.forRoot({ backend: new RedisBackend(redis.url) })],
  [
    'a storage and a lock',
    () => IdempotencyModule.forRoot({ storage: { use: new RedisStorage(redis.url) }, lock: { use: new RedisLock(redis.url) } }),
  ],
];

describe.each(PAIRS)('%s of a URL', (_, made) => {
  it('serves one application after another, and is closed after each', async () => {
    const module = made();
    for (const key of ['a', 'b', 'c']) {
      const app = await start(module);
      const first = await app.order(`${_}-${key}`);
      expect(first).toMatch(/^201 /);
      expect(await app.order(`${_}-${key}`)).toBe(first);
      await close(app);
      await until(async () => (await connections()) === 0 || undefined);
    }
  });

  it('serves two applications at once, until the last of them has ended', async () => {
    const module = made();
    const [one, two] = [await start(module), await start(module)];
    await close(one);
    const first = await two.order(`${_}-d`);
    expect(first).toMatch(/^201 /);
    expect(await two.order(`${_}-d`)).toBe(first);
    await close(two);
    await until(async () => (await connections()) === 0 || undefined);
  });

  it('is left closed by an application that was refused to start', async () => {
    @Controller()
    class Wrong {
      @IdempotencyKey()
      nothing(): void {}
    }
    @Module({ imports: [made() as Type], controllers: [Wrong] })
    class AppModule {}
    await expect(serve('express', AppModule, undefined, { logger: false })).rejects.toThrow('Wrong.nothing');
    await until(async () => (await connections()) === 0 || undefined);
  });
});

it('wakes who waits also after it was opened again', async () => {
  const backend = new RedisBackend(redis.url, { timeoutMs: 5_000 });
  for (const slot of ['w1', 'w2']) {
    await backend.check();
    const lease = { slot, fingerprint: 'asked', token: slot };
    await backend.open(lease, 10_000, 10_000);
    const watch = backend.watch(slot);
    await backend.open({ ...lease, token: `${slot}-waits` }, 10_000, 10_000);
    await backend.release(lease);
    await watch.woken;
    watch.close();
    await backend.close();
  }
});

it('opens nothing for what comes after its end', async () => {
  const backend = new RedisBackend(redis.url, { timeoutMs: 50 });
  await backend.check();
  await backend.close();
  await expect(backend.release({ slot: 's', fingerprint: 'f', token: 't' })).rejects.toThrow('closed');
  expect(await connections()).toBe(0);
});
