/** `@nestjs-idempotency/cache-manager`: records in a cache of cache-manager. */
export type { Saved, StoredRecord } from '@nestjs-idempotency/core';
export { CacheManagerStorage, type CacheManagerStorageOptions } from './cache-manager-storage.js';
export type { CacheStore, CacheWithStores } from './cache.js';
