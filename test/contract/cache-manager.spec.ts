/** The cache-manager storage against the contract: in this process it excludes, over a store that processes share it does not. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeyv } from '@keyv/redis';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { MemoryLock, pair } from '@nestjs-idempotency/core';
import { backendContract, runCases, storageContract } from '@nestjs-idempotency/testing';
import { createCache } from 'cache-manager';
import Keyv from 'keyv';
import { someRedis } from '../servers/redis.js';

describe('CacheManagerStorage on the cache that cache-manager makes by default', () => {
  const make = () => {
    const storage = new CacheManagerStorage(createCache());
    return { connect: () => storage };
  };
  runCases(it, storageContract(make));
});

describe('CacheManagerStorage, several over one Keyv that serialises to JSON', () => {
  const make = () => {
    const keyv = new Keyv();
    return { connect: () => new CacheManagerStorage(createCache({ stores: [keyv] })) };
  };
  runCases(it, storageContract(make));
});

describe('CacheManagerStorage, several over one store by Keyvs of their own, as processes have them', () => {
  const make = () => {
    const shared = new Map();
    return { connect: () => new CacheManagerStorage(createCache({ stores: [new Keyv({ store: shared })] })) };
  };
  runCases(it, storageContract(make, { excludes: false }));
});

describe('pair(CacheManagerStorage, MemoryLock)', () => {
  const make = () => {
    const backend = pair(new CacheManagerStorage(createCache()), new MemoryLock());
    return { connect: () => backend };
  };
  runCases(it, backendContract(make));
});

describe('CacheManagerStorage on a real Redis by @keyv/redis', () => {
  let server: { readonly url: string; stop(): Promise<void> };
  const opened: Keyv[] = [];
  const connect = (): CacheManagerStorage => {
    const keyv = createKeyv(server.url, { throwOnErrors: true });
    opened.push(keyv);
    return new CacheManagerStorage(createCache({ stores: [keyv] }));
  };
  beforeAll(async () => {
    server = await someRedis();
  }, 120_000);
  afterAll(async () => {
    await Promise.all(opened.map((keyv) => keyv.disconnect()));
    await server.stop();
  });

  runCases(
    it,
    storageContract(() => ({ connect }), { excludes: false }),
  );

  it('lets Redis itself free the records, a minute after their end', async () => {
    const storage = connect();
    await storage.save('freed', Uint8Array.of(1), 2 ** 32);
    const { client } = opened.at(-1)?.store as { client: { pTTL(key: string): Promise<number> } };
    const leftMs = await client.pTTL('idempotency:freed');
    expect(leftMs).toBeGreaterThan(2 ** 32);
    expect(leftMs).toBeLessThanOrEqual(2 ** 32 + 60_000);
  });
});
