/** The reference storage: one process, bounded, gone with the process. */
import { type Clock, systemClock } from '../clock.js';
import { branded } from '../copies.js';
import type { IdempotencyStorage, Saved, StoredRecord } from '../ports.js';
import { ExpiringMap } from './expiring-map.js';

export interface MemoryStorageOptions {
  /**
   * Keys in use at most: kept records and running requests together. Default 100,000. Only what is kept for a request whose lease had
   * ended before it did comes on top: what has happened is always kept.
   */
  readonly maxRecords?: number;
  /**
   * Bytes of records, without the map's own, from which on no new key is taken. Default 256 MiB. Requests that run then still keep their
   * answers, so the most that is held is this and one answer for each of them.
   */
  readonly maxBytes?: number;
  /**
   * What happens to a new key at the bound. `'refuse'`, the default: it is refused (`store-full`), and all others go on.
   * `'drop-oldest'`: it is taken, and the oldest record is dropped, though a retry of its request will then run again; each is a fault `dropped`.
   */
  readonly whenFull?: 'refuse' | 'drop-oldest';
  readonly clock?: Clock;
}

/** Records in this process's memory, as bytes, each freed at its time. */
export class MemoryStorage implements IdempotencyStorage {
  static {
    branded(this, 'MemoryStorage');
  }

  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #drops: boolean;
  readonly #records: ExpiringMap<StoredRecord>;
  /** Slots without a record whose requests run. */
  readonly #places: ExpiringMap<true>;
  /** Each by a key of its own, as one may listen twice. */
  readonly #listeners = new Map<object, (slot: string) => void>();
  #bytes = 0;

  constructor(options: MemoryStorageOptions = {}) {
    const { maxRecords = 100_000, maxBytes = 256 * 1024 * 1024, whenFull = 'refuse', clock = systemClock } = options;
    // A misspelt one would refuse keys in silence, or drop answers.
    if (!['refuse', 'drop-oldest'].includes(whenFull))
      throw new TypeError("MemoryStorage: `whenFull` must be one of 'refuse', 'drop-oldest'.");
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#drops = whenFull === 'drop-oldest';
    this.#records = new ExpiringMap(clock, (record) => {
      this.#bytes -= record.byteLength;
    });
    this.#places = new ExpiringMap(clock);
  }

  /** Records held now. */
  get size(): number {
    return this.#records.size;
  }

  find(slot: string): Promise<StoredRecord | undefined> {
    const found = this.#records.get(slot);
    return Promise.resolve(found && copyOf(found));
  }

  save(slot: string, record: StoredRecord, keepMs: number): Promise<Saved> {
    const held = this.#records.get(slot);
    if (held) return Promise.resolve({ kind: 'taken', record: copyOf(held) });
    this.#put(slot, record, keepMs);
    return Promise.resolve({ kind: 'saved' });
  }

  replace(slot: string, record: StoredRecord, keepMs: number): Promise<void> {
    this.#put(slot, record, keepMs);
    return Promise.resolve();
  }

  reserve(slot: string, forMs: number): boolean {
    if (this.#drops || this.#records.get(slot)) return true;
    if (!this.#places.get(slot) && !this.#hasRoom()) return false;
    this.#places.set(slot, true, forMs);
    return true;
  }

  vacate(slot: string): void {
    this.#places.delete(slot);
  }

  onDrop(listener: (slot: string) => void): () => void {
    const own = {};
    this.#listeners.set(own, listener);
    return () => void this.#listeners.delete(own);
  }

  /** Forgets all records, as if the process had started anew: between tests, for instance. What still runs keeps its answer when it ends. */
  clear(): void {
    this.#records.clear();
    this.#places.clear();
  }

  #put(slot: string, record: StoredRecord, keepMs: number): void {
    this.#places.delete(slot);
    this.#records.set(slot, record, keepMs);
    this.#bytes += record.byteLength;
    if (this.#drops) this.#dropForRoom(slot);
  }

  #dropForRoom(slot: string): void {
    if (this.#fits()) return;
    this.#records.sweep();
    while (!this.#fits()) {
      const oldest = this.#records.oldest();
      if (oldest === undefined || oldest === slot) return;
      this.#records.delete(oldest);
      for (const listener of this.#listeners.values()) listener(oldest);
    }
  }

  #fits(): boolean {
    return this.#records.size <= this.#maxRecords && this.#bytes <= this.#maxBytes;
  }

  /** What has ended by itself makes room before anybody is refused. */
  #hasRoom(): boolean {
    const has = (): boolean => this.#records.size + this.#places.size < this.#maxRecords && this.#bytes < this.#maxBytes;
    if (has()) return true;
    this.#records.sweep();
    this.#places.sweep();
    return has();
  }
}

/** What leaves goes through codecs, handlers, hooks and middleware, and none of them is to change the record. */
function copyOf(record: StoredRecord): StoredRecord {
  return Buffer.from(record);
}
