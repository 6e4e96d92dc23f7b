/** A failover behind Sentinel, and what waiting for a replica saves over it. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RedisBackend, type RedisSource } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { startSentinel, type RedisSentinel } from '../servers/redis-sentinel.js';
import { leaseOn, LONG_MS, RECORD } from './leases.js';
import { until } from './until.js';

jest.setTimeout(60_000);

interface Led {
  readonly client: RedisSource;
  end(): Promise<void>;
}

const drivers: [string, (sentinel: RedisSentinel) => Promise<Led>][] = [
  [
    'ioredis',
    async ({ port, name }) => {
      const client = new Redis({ sentinels: [{ host: '127.0.0.1', port }], name }).on('error', () => undefined);
      return { client, end: async () => client.disconnect() };
    },
  ],
  [
    'node-redis',
    async ({ port, name }) => {
      const client = createSentinel({ name, sentinelRootNodes: [{ host: '127.0.0.1', port }], scanInterval: 200 });
      client.on('error', () => undefined);
      await client.connect();
      return { client, end: () => client.destroy() };
    },
  ],
  ['a URL', async ({ port, name }) => ({ client: `redis+sentinel://127.0.0.1:${port}/${name}`, end: () => Promise.resolve() })],
];

describe.each(drivers)('by %s', (_name, follow) => {
  let sentinel: RedisSentinel;
  let led: Led;
  let backend: RedisBackend;

  beforeEach(async () => {
    sentinel = await startSentinel();
    led = await follow(sentinel);
    const replicas = { count: 1, timeoutMs: 1_000 };
    backend = new RedisBackend(led.client, { timeoutMs: 1_000, replicas, onFault: () => undefined });
  }, 120_000);

  afterEach(async () => {
    await backend.close();
    await led.end();
    await sentinel.stop();
  });

  it('keeps a claim that a replica had over the loss of the primary', async () => {
    const lease = leaseOn();
    expect(await backend.open(lease, LONG_MS, LONG_MS)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    await sentinel.primary.kill();
    const duplicate = await until(() => backend.open(leaseOn(lease.slot), LONG_MS, LONG_MS).catch(() => undefined), 30_000);
    expect(duplicate).toMatchObject({ claim: { kind: 'held', fingerprint: 'asked' } });
    expect(await backend.renew(lease, LONG_MS)).toBe('kept');
    expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
  });

  it('wakes who waits, also behind another primary', async () => {
    const alone = new RedisBackend(led.client, { onFault: () => undefined });
    const wakes = async (): Promise<void> => {
      const lease = leaseOn();
      const isWon = () =>
        alone.open(lease, LONG_MS, LONG_MS).then(
          ({ claim }) => claim?.kind === 'won',
          () => false,
        );
      await until(isWon, 30_000);
      const watch = alone.watch(lease.slot);
      expect(await alone.open(leaseOn(lease.slot), LONG_MS, LONG_MS)).toMatchObject({ claim: { kind: 'held' } });
      await alone.settle(lease, RECORD, LONG_MS);
      await watch.woken;
      watch.close();
    };
    expect(await alone.check()).toEqual([expect.stringContaining('appendonly yes')]);
    await wakes();
    await sentinel.primary.kill();
    await wakes();
    await alone.close();
  });

  it('checks the primary, not the Sentinel', async () => {
    expect(await backend.check()).toEqual([expect.stringContaining('appendonly yes')]);
  });

  it('refuses a claim that no replica has, and takes it back', async () => {
    const lease = leaseOn();
    await sentinel.replica.pause();
    const outcome = await backend.open(lease, LONG_MS, LONG_MS).catch((error: unknown) => error);
    const direct = new Redis(sentinel.primary.port);
    await until(async () => (await direct.exists(`idempotency:{${lease.slot}}:lease`)) === 0);
    direct.disconnect();
    await sentinel.replica.resume();
    expect(outcome).toMatchObject({ message: '0 of 1 Redis replicas have the claim after 1000 ms: it was taken back.' });
  });
});
