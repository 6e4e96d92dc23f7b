/** Every store, by each driver, against the model of a slot. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryLock, MemoryStorage, pair, type Clock, type IdempotencyBackend } from '@nestjs-idempotency/core';
import { fromPool, PostgresBackend, PostgresLock, PostgresStorage } from '@nestjs-idempotency/postgres';
import { RedisBackend, RedisLock, RedisStorage } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { layGround, type PostgresGround } from '../../postgres/ground.js';
import { someRedis } from '../../servers/redis.js';
import { agrees } from './agree.js';

const START_MS = 120_000;
const SEQUENCES = Number(process.env['SLOT_SEQUENCES'] ?? 60);

describe('memory', () => {
  let nowMs = 0;
  const clock: Clock = { now: () => nowMs, after: () => () => undefined };
  const time = { now: clock.now, pass: (ms: number) => void (nowMs += ms) };

  it('agrees with the model of a slot', async () => {
    await agrees([pair(new MemoryStorage({ clock }), new MemoryLock({ clock }))], { sequences: 20 * SEQUENCES, time });
  });

  it('would be found out if it renewed for anybody', async () => {
    const backend = pair(new MemoryStorage({ clock }), new MemoryLock({ clock }));
    const wrong: IdempotencyBackend = { ...backend, renew: () => Promise.resolve('kept') };
    await expect(agrees([wrong], { sequences: 200, time })).rejects.toThrow(/seed.*renew\(\d\)/s);
  });
});

describe('Redis', () => {
  let server: { readonly url: string; stop(): Promise<void> };
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await someRedis();
  }, START_MS);
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await server.stop();
  });

  const ioredis = () => {
    const client = new Redis(server.url);
    closing.push(() => client.quit());
    return client;
  };
  const nodeRedis = async () => {
    const client = await createClient({ url: server.url }).connect();
    closing.push(() => client.close());
    return client;
  };
  const closed = <Port extends { close(): Promise<void> }>(port: Port): Port => {
    closing.unshift(() => port.close());
    return port;
  };

  it.each([
    ['in one trip, by ioredis', () => closed(new RedisBackend(ioredis()))],
    ['in one trip, by node-redis', async () => closed(new RedisBackend(await nodeRedis()))],
    ['paired', () => pair(closed(new RedisStorage(ioredis())), closed(new RedisLock(ioredis())))],
  ])(
    '%s agrees with the model of a slot',
    async (_, connect) => {
      await agrees([await connect(), await connect()], { sequences: SEQUENCES });
    },
    START_MS,
  );
});

describe('Postgres', () => {
  let ground: PostgresGround;
  beforeAll(async () => {
    ground = await layGround({ maxConnections: 50 });
  }, START_MS);
  afterAll(() => ground.stop());

  it.each([
    ['in one trip', () => new PostgresBackend(fromPool(ground.pool()))],
    ['paired', () => pair(new PostgresStorage(fromPool(ground.pool())), new PostgresLock(fromPool(ground.pool())))],
  ])(
    '%s agrees with the model of a slot',
    async (_, connect) => {
      await agrees([connect(), connect()], { sequences: SEQUENCES });
    },
    START_MS,
  );
});
