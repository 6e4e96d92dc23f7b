/** What is asked of a cache, structurally, and the store in it that records are kept in. */

import { kinds } from '@nestjs-idempotency/core';

/** The part of a Keyv that records need. */
export interface CacheStore {
  get(key: string, options: { raw: true }): Promise<unknown>;
  set(key: string, value: string, ttl?: number): Promise<unknown>;
}

/** The part of a cache-manager `Cache` that records need: what `createCache` and `CACHE_MANAGER` give. */
export interface CacheWithStores {
  readonly stores: readonly unknown[];
}

/** The store that all processes share: the last tier of `cache`. Throws if failures of that store would look like empty slots. */
export function sharedStore(cache: CacheWithStores): CacheStore {
  if (!Array.isArray((cache as CacheWithStores | null | undefined)?.stores))
    throw new TypeError(
      `CacheManagerStorage takes a cache of cache-manager 7, \`createCache({ stores: […] })\` or what CACHE_MANAGER injects; it was given ${kinds.describe(cache)}.`,
    );
  const store = cache.stores.at(-1);
  if (!isCacheStore(store)) {
    throw new TypeError(
      'CacheManagerStorage: the last store of this cache is not a Keyv, so its failures cannot be told from empty slots. ' +
        'Build the cache as createCache({ stores: [new Keyv({ store, throwOnErrors: true })] }).',
    );
  }
  const silent = silentPart(store);
  if (silent !== undefined) {
    throw new TypeError(
      `CacheManagerStorage: ${silent} swallows errors, so an outage would look like an empty slot and the request would run again. ` +
        'Set `throwOnErrors: true` on it, e.g. createKeyv(url, { throwOnErrors: true }) or new Keyv({ store, throwOnErrors: true }).',
    );
  }
  return store;
}

/** Whether `store` is a plain Map of this process, which cannot fail, is not shared, and frees nothing by itself. */
export function isPlainMap(store: CacheStore): boolean {
  return 'store' in store && store.store instanceof Map;
}

function silentPart(store: CacheStore): string | undefined {
  if (isPlainMap(store)) return undefined;
  if (!('throwOnErrors' in store) || store.throwOnErrors !== true) return "the cache's Keyv";
  const adapter: unknown = 'store' in store ? store.store : undefined;
  const swallows =
    typeof adapter === 'object' && adapter !== null && 'throwOnErrors' in adapter && adapter.throwOnErrors === false;
  return swallows ? "the Keyv's store adapter" : undefined;
}

function isCacheStore(store: unknown): store is CacheStore {
  return (
    typeof store === 'object' &&
    store !== null &&
    'get' in store &&
    typeof store.get === 'function' &&
    'set' in store &&
    typeof store.set === 'function' &&
    'throwOnErrors' in store
  );
}
