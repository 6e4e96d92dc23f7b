/** Waiting for replicas believes nothing that was not said of this very claim. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { fromIoredis, fromNodeRedis, RedisBackend, type RedisCommand } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startRedis, type RedisServer } from '../servers/redis.js';
import { leaseOn, LONG_MS } from './leases.js';
import { until } from './until.js';

jest.setTimeout(60_000);

let primary: RedisServer;
let replica: RedisServer;
let admin: Redis;

beforeAll(async () => {
  primary = await startRedis();
  replica = await startRedis(['--replicaof', '127.0.0.1', String(primary.port)]);
  admin = new Redis(primary.url);
  await until(async () => (await admin.info('replication')).includes('state=online'), 30_000);
}, 120_000);

afterAll(async () => {
  admin.disconnect();
  await replica.stop();
  await primary.stop();
});

type Connect = () => Promise<[command: RedisCommand, end: () => void]>;

const drivers: [string, Connect][] = [
  [
    'ioredis',
    () => {
      const client = new Redis(primary.url);
      return Promise.resolve([fromIoredis(client), () => client.disconnect()]);
    },
  ],
  [
    'node-redis',
    async () => {
      const client = await createClient({ url: primary.url })
        .on('error', () => undefined)
        .connect();
      return [fromNodeRedis(client), () => void client.destroy()];
    },
  ],
];

describe.each(drivers)('by %s', (_name, connect) => {
  /** Claims on one connection and waits on another, as after a reconnect; `between` runs in between. */
  async function open(between: () => Promise<unknown>): Promise<unknown> {
    const [claiming, endClaiming] = await connect();
    const [waiting, endWaiting] = await connect();
    const source: RedisCommand = {
      ...claiming,
      async replicated(...args) {
        await between();
        return waiting.replicated(...args);
      },
    };
    const backend = new RedisBackend(source, { replicas: { count: 1, timeoutMs: 300 }, onFault: () => undefined });
    try {
      return await backend.open(leaseOn(), LONG_MS, LONG_MS);
    } finally {
      await backend.close();
      endClaiming();
      endWaiting();
    }
  }

  it('takes a claim that the replica has', async () => {
    expect(await open(() => Promise.resolve())).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });

  it('refuses one that the replica has not, although the connection that asks wrote nothing before', async () => {
    await replica.pause();
    const opening = open(() => Promise.resolve());
    await expect(opening).rejects.toThrow('0 of 1 Redis replicas have the claim');
    await replica.resume();
  });

  it('says that the store failed when the connection breaks, and not what was asked on it', async () => {
    const broken = Object.assign(new Error('Connection is closed.'), { command: { args: ['secret'] } });
    const outcome: unknown = await open(() => Promise.reject(broken)).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(IdempotencyUnavailableError);
    expect(outcome).toMatchObject({ message: expect.stringMatching(/^Redis at .* failed: Connection is closed\.$/) });
    expect((outcome as Error).cause).not.toHaveProperty('command');
  });

  it('refuses one that the server has lost meanwhile', async () => {
    await expect(open(() => admin.flushall())).rejects.toThrow('0 of 1 Redis replicas have the claim');
  });
});
