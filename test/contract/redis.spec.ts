/** Redis against the contract, on a real server, by each driver and by a URL; several connections as several processes have them. */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { pair } from '@nestjs-idempotency/core';
import { RedisBackend, RedisLock, RedisStorage } from '@nestjs-idempotency/redis';
import { backendContract, lockContract, runCases, storageContract, type Rig } from '@nestjs-idempotency/testing';
import { createCache } from 'cache-manager';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { someRedis } from '../servers/redis.js';

let server: { readonly url: string; stop(): Promise<void> };
beforeAll(async () => {
  server = await someRedis();
}, 120_000);
afterAll(() => server.stop());

/** How a driver connects, and how that connection ends. */
const drivers = {
  ioredis: () => {
    const client = new Redis(server.url);
    return { client, end: () => Promise.resolve(client.disconnect()) };
  },
  'node-redis': async () => {
    const client = await createClient({ url: server.url })
      .on('error', () => undefined)
      .connect();
    return { client, end: () => client.close() };
  },
  'a URL': () => ({ client: server.url, end: () => Promise.resolve() }),
};

describe.each(Object.entries(drivers))('by %s', (name, open) => {
  /** Ports on connections of their own, all closed after the case. */
  function rig<Port extends { check(): Promise<unknown>; close(): Promise<void> }>(
    make: (client: RedisClient) => Port,
  ): () => Rig<Port> {
    return () => {
      const opened: (() => Promise<void>)[] = [];
      return {
        async connect() {
          const { client, end } = await open();
          const port = make(client);
          await port.check();
          opened.push(async () => {
            await port.close();
            await end();
          });
          return port;
        },
        async close() {
          await Promise.all(opened.map((close) => close()));
        },
      };
    };
  }

  describe('RedisBackend', () => runCases(it, backendContract(rig((client) => new RedisBackend(client)))));
  // A URL ends in one of the drivers above: opening and closing are what it adds.
  if (name === 'a URL') return;
  describe('RedisStorage', () => runCases(it, storageContract(rig((client) => new RedisStorage(client)))));
  describe('RedisLock', () => runCases(it, lockContract(rig((client) => new RedisLock(client)))));
  if (name === 'node-redis') return;

  describe('a RedisLock beside a RedisStorage', () => {
    const parts = rig((client) => {
      const [storage, lock] = [new RedisStorage(client), new RedisLock(client)];
      const close = async () => {
        await Promise.all([storage.close(), lock.close()]);
      };
      return { ...pair(storage, lock), check: () => lock.check(), close };
    });
    runCases(it, backendContract(parts));
  });

  describe('a RedisLock beside a cache-manager storage', () => {
    const parts = () => {
      const storage = new CacheManagerStorage(createCache());
      return rig((client) => {
        const lock = new RedisLock(client);
        return { ...pair(storage, lock), check: () => lock.check(), close: () => lock.close() };
      })();
    };
    runCases(it, backendContract(parts));
  });
});

type RedisClient = Awaited<ReturnType<(typeof drivers)[keyof typeof drivers]>>['client'];
