/** A Cluster of three: all keys of a slot on one node, and slots that move while they are in use. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RedisBackend, type RedisSource } from '@nestjs-idempotency/redis';
import { backendContract, runCases } from '@nestjs-idempotency/testing';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { startCluster, type RedisCluster } from '../servers/redis-cluster.js';
import { leaseOn, LONG_MS, RECORD } from './leases.js';

// A cluster client answers slowly beside other tests on a small machine; none of this is about time.
jest.setTimeout(180_000);

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 120_000);
afterAll(() => cluster.stop());

interface Joined {
  readonly client: RedisSource;
  end(): Promise<void>;
}

const drivers: [string, () => Promise<Joined>][] = [
  [
    'ioredis',
    async () => {
      const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })));
      return { client, end: async () => client.disconnect() };
    },
  ],
  [
    'node-redis',
    async () => {
      const client = createCluster({ rootNodes: cluster.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) });
      client.on('error', () => undefined);
      await client.connect();
      return { client, end: async () => client.destroy() };
    },
  ],
  [
    'a URL',
    async () => ({
      client: `redis+cluster://${cluster.ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
      end: () => Promise.resolve(),
    }),
  ],
];

describe.each(drivers)('by %s', (name, join) => {
  let joined: Joined;
  let backend: RedisBackend;

  beforeEach(async () => {
    joined = await join();
    backend = new RedisBackend(joined.client, { timeoutMs: 40_000 });
  });

  afterEach(async () => {
    await backend.close();
    await joined.end();
  });

  const won = { claim: { kind: 'won', attempt: 1 } };

  it('keeps slots on all three nodes, and all of a slot on one', async () => {
    const leases = Array.from({ length: 60 }, () => leaseOn());
    expect(await Promise.all(leases.map((lease) => backend.open(lease, LONG_MS, LONG_MS)))).toEqual(leases.map(() => won));
    const saved = await Promise.all(leases.map((lease) => backend.settle(lease, RECORD, LONG_MS)));
    expect(saved).toEqual(leases.map(() => ({ kind: 'saved' })));
    const ports = await Promise.all(leases.map(({ slot }) => cluster.portOf(`idempotency:{${slot}}:record`)));
    expect(new Set(ports).size).toBe(3);
  });

  it('follows a slot that has moved, also to a node that never saw the scripts', async () => {
    const lease = leaseOn();
    expect(await backend.open(lease, LONG_MS, LONG_MS)).toEqual(won);
    await cluster.everywhere('script', 'flush');
    await cluster.move(`idempotency:{${lease.slot}}:lease`);
    expect(await backend.open(leaseOn(lease.slot), LONG_MS, LONG_MS)).toMatchObject({ claim: { kind: 'held' } });
    expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
  });

  it('waits out a slot that is moving, and claims it once', async () => {
    const lease = leaseOn();
    expect(await backend.open(lease, LONG_MS, LONG_MS)).toEqual(won);
    let opening: Promise<unknown> | undefined;
    await cluster.move(`idempotency:{${lease.slot}}:lease`, async () => {
      opening = backend.open(leaseOn(lease.slot), LONG_MS, LONG_MS);
      expect(await backend.renew(lease, LONG_MS)).toBe('kept');
    });
    expect(await opening).toMatchObject({ claim: { kind: 'held' } });
    expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
  });

  it('checks every primary', async () => {
    expect(await backend.check()).toEqual([expect.stringContaining('appendonly yes')]);
    await cluster.everywhere('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    expect(await backend.check()).toContainEqual(expect.stringContaining('allkeys-lru'));
    await cluster.everywhere('config', 'set', 'maxmemory-policy', 'noeviction');
  });

  // A URL ends in a driver above, which has passed them.
  if (name === 'a URL') return;
  runCases(
    it,
    backendContract(() => {
      const opened: (() => Promise<void>)[] = [];
      return {
        async connect() {
          const { client, end } = await join();
          const port = new RedisBackend(client, { timeoutMs: 40_000 });
          await port.check();
          opened.push(() => port.close().then(end));
          return port;
        },
        async close() {
          await Promise.all(opened.map((close) => close()));
        },
      };
    }),
  );
});
