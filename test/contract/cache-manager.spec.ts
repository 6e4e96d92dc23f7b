/** The cache-manager storage against the contract: in this process it excludes, over a store that processes share it does not. */
import { describe, it } from '@jest/globals';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { MemoryLock, pair } from '@nestjs-idempotency/core';
import { backendContract, runCases, storageContract } from '@nestjs-idempotency/testing';
import { createCache } from 'cache-manager';
import Keyv from 'keyv';

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
