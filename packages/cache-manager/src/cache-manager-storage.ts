/** Records in a cache of cache-manager. */
import { called, type IdempotencyStorage, kinds, type Saved, type StoredRecord } from '@nestjs-idempotency/core';
import { type CacheStore, type CacheWithStores, isPlainMap, sharedStore } from './cache.js';
import { type Entry, readEntry, writeEntry } from './entry.js';
import { inTurn } from './turns.js';

/** How long a cache may keep an entry past its deadline, so that its own expiry never deletes what another process just wrote. */
const GRACE_MS = 60_000;

/** How a `CacheManagerStorage` keeps its records. */
export interface CacheManagerStorageOptions {
  /** Stands before each slot in the cache. Default `'idempotency:'`. */
  readonly prefix?: string;
  /** Keeps every record this long, whatever the module says: for named caches that differ in nothing else. Default: as the module says. */
  readonly keepMs?: number;
}

const KINDS: kinds.KindsOf<CacheManagerStorageOptions> = {
  prefix: kinds.kind('a string', (value) => typeof value === 'string'),
  keepMs: kinds.kind('a number of milliseconds above 0', (value) => kinds.aboveZero.is(value)),
};

/**
 * A storage on a cache-manager 7 `Cache`, for instance the `CACHE_MANAGER` of `@nestjs/cache-manager`.
 * A cache has no "set if absent", so of concurrent savers only those of one process are told apart:
 * where several processes share the cache, pair it with a lock that all of them see.
 * Of a cache with several stores the last one is used, as the nearer ones are not shared. Never closes the cache.
 */
export class CacheManagerStorage implements IdempotencyStorage {
  static {
    called(this, 'CacheManagerStorage');
  }

  private readonly store: CacheStore;
  private readonly prefix: string;
  private readonly keepMs: number | undefined;

  constructor(cache: CacheWithStores, options: CacheManagerStorageOptions = {}) {
    const { prefix = 'idempotency:', keepMs } = kinds.optionsOf('CacheManagerStorage', options, KINDS);
    this.store = sharedStore(cache);
    this.prefix = prefix;
    this.keepMs = keepMs;
  }

  async find(slot: string): Promise<StoredRecord | undefined> {
    const entry = await this.read(slot);
    return entry.kind === 'record' ? entry.record : undefined;
  }

  save(slot: string, record: StoredRecord, keepMs: number): Promise<Saved> {
    return this.inTurn(slot, async (): Promise<Saved> => {
      const entry = await this.read(slot);
      if (entry.kind === 'record') return { kind: 'taken', record: entry.record };
      await this.write(slot, record, keepMs);
      return { kind: 'saved' };
    });
  }

  replace(slot: string, record: StoredRecord, keepMs: number): Promise<void> {
    return this.inTurn(slot, () => this.write(slot, record, keepMs));
  }

  /** What an operator should know about this cache at start-up. */
  check(): Promise<readonly string[]> {
    if (!isPlainMap(this.store)) return Promise.resolve([]);
    return Promise.resolve([
      'CacheManagerStorage: this cache is a Map of this process. Other processes do not see its records, a restart forgets them, and ' +
        'expired ones are freed only when they are asked for again: use the memory storage for one process, or a shared store for several.',
    ]);
  }

  private inTurn<T>(slot: string, work: () => Promise<T>): Promise<T> {
    return inTurn(this.store, this.prefix + slot, work);
  }

  private async read(slot: string): Promise<Entry> {
    try {
      return readEntry(await this.store.get(this.prefix + slot, { raw: true }), Date.now());
    } catch (error) {
      // Keyv parses what the store gave it: text that is no JSON is a damaged record, anything else a store that failed.
      if (error instanceof SyntaxError) return readEntry(null, Date.now());
      throw error;
    }
  }

  private async write(slot: string, record: StoredRecord, asked: number): Promise<void> {
    const keepMs = this.keepMs ?? asked;
    const ttl = Number.isFinite(keepMs) ? Math.ceil(keepMs) + GRACE_MS : 0;
    const written = await this.store.set(this.prefix + slot, writeEntry(record, Date.now() + keepMs), ttl);
    if (written === false) throw new Error('The cache refused to store a record.');
  }
}
