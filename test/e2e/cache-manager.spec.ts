/** Answers in the cache of `@nestjs/cache-manager`, in memory and on a real Redis that goes down and comes back. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeyv } from '@keyv/redis';
import { CACHE_MANAGER, CacheModule, type Cache } from '@nestjs/cache-manager';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import type Keyv from 'keyv';
import { IdempotencyModule } from 'nestjs-idempotency';
import { type RedisServer, startRedis } from '../servers/redis.js';
import { CONTROLLERS, Orders } from './orders.js';
import { closeAll, runModule, type Running } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  }, 120_000);
  afterAll(() => redis.stop());

  const start = async (orders: Orders, keyv?: Keyv): Promise<Running> => {
    const caching = CacheModule.register({ ...(keyv && { stores: [keyv] }) });
    const module = IdempotencyModule.forRootAsync({
      imports: [caching],
      inject: [CACHE_MANAGER],
      useFactory: (cache: Cache) => ({
        conflictStatus: null,
        storeTimeoutMs: 500,
        storage: { use: new CacheManagerStorage(cache) },
        lock: { leaseMs: 100 },
      }),
    });
    return runModule(platform, module, { controllers: CONTROLLERS, providers: [{ provide: Orders, useValue: orders }] });
  };
  const post = ({ port }: Running, key = 'k'): Promise<Reply> => send(port, '/orders', { key });

  it('replays from the cache that CacheModule makes by default', async () => {
    const orders = new Orders();
    const running = await start(orders);
    expect([(await post(running)).text, (await post(running)).text, orders.runs]).toEqual(['{"order":1}', '{"order":1}', 1]);
  });

  it('replays from Redis what another process kept', async () => {
    const [here, there] = [new Orders(), new Orders()];
    const first = await post(await start(here, createKeyv(redis.url, { throwOnErrors: true })));
    const replay = await post(await start(there, createKeyv(redis.url, { throwOnErrors: true })));
    expect([first.text, replay.text, here.runs, there.runs]).toEqual(['{"order":1}', '{"order":1}', 1, 0]);
  });

  it('does not take a Redis that is down for one that is empty: nothing runs, and later the answer is still there', async () => {
    const orders = new Orders();
    const keyv = createKeyv(redis.url, { throwOnErrors: true });
    keyv.on('error', () => undefined);
    const running = await start(orders, keyv);
    expect((await post(running, 'kept')).status).toBe(201);
    await redis.kill();
    expect([(await post(running, 'kept')).status, (await post(running, 'new')).status, orders.runs]).toEqual([503, 503, 1]);
    await redis.restart();
    let reply = await post(running, 'kept');
    while (reply.status === 503 || reply.status === 423) reply = await post(running, 'kept');
    expect([reply.status, reply.text, orders.runs]).toEqual([201, '{"order":1}', 1]);
  }, 30_000);

  it('does not start on a Redis whose errors would be swallowed', async () => {
    await expect(start(new Orders(), createKeyv(redis.url))).rejects.toThrow('Set `throwOnErrors: true` on it');
  });
});
