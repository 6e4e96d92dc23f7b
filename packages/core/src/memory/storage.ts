/** The reference storage: one process, bounded, gone with the process. */
import type { Awaitable } from '../awaitable.js';
import { systemClock } from '../clock.js';
import { branded } from '../copies.js';
import type { IdempotencyStorage, Saved, StoredRecord } from '../ports.js';
import { ExpiringMap } from './expiring-map.js';
import { checkStorageOptions, type MemoryStorageOptions } from './storage-options.js';

/** Stands in a slot without a record whose request runs. Where the oldest are dropped there is none: there is always room. */
const PLACE = null;

/** Records in this process's memory, as bytes, each freed at its time. */
export class MemoryStorage implements IdempotencyStorage {
  static {
    branded(this, 'MemoryStorage');
  }

  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #drops: boolean;
  readonly #slots: ExpiringMap<StoredRecord | typeof PLACE>;
  /** Each by a key of its own, as one may listen twice. */
  readonly #listeners = new Map<object, (slot: string) => void>();
  #records = 0;
  #bytes = 0;

  constructor(options: MemoryStorageOptions = {}) {
    // A bound that is none would refuse every key, or none; a misspelt word would drop answers.
    const {
      maxRecords = 100_000,
      maxBytes = 256 * 1024 * 1024,
      whenFull = 'refuse',
      clock = systemClock,
    } = checkStorageOptions(options);
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#drops = whenFull === 'drop-oldest';
    this.#slots = new ExpiringMap(clock, (held) => {
      if (held === PLACE) return;
      this.#records -= 1;
      this.#bytes -= held.byteLength;
    });
  }

  /** Records held now. */
  get size(): number {
    return this.#records;
  }

  find(slot: string): Awaitable<StoredRecord | undefined> {
    const found = this.#recordIn(slot);
    return found && copyOf(found);
  }

  save(slot: string, record: StoredRecord, keepMs: number): Awaitable<Saved> {
    const held = this.#recordIn(slot);
    if (held) return { kind: 'taken', record: copyOf(held) };
    this.#put(slot, record, keepMs);
    return { kind: 'saved' };
  }

  replace(slot: string, record: StoredRecord, keepMs: number): Awaitable<void> {
    this.#put(slot, record, keepMs);
  }

  reserve(slot: string, forMs: number): boolean {
    const held = this.#slots.get(slot);
    if (this.#drops || (held !== undefined && held !== PLACE)) return true;
    if (held === undefined && !this.#hasRoom()) return false;
    this.#slots.set(slot, PLACE, forMs);
    return true;
  }

  vacate(slot: string): void {
    if (this.#slots.get(slot) === PLACE) this.#slots.delete(slot);
  }

  onDrop(listener: (slot: string) => void): () => void {
    const own = {};
    this.#listeners.set(own, listener);
    return () => void this.#listeners.delete(own);
  }

  /** Forgets all records, as if the process had started anew: between tests, for instance. What still runs keeps its answer when it ends. */
  clear(): void {
    this.#slots.clear();
  }

  #recordIn(slot: string): StoredRecord | undefined {
    const held = this.#slots.get(slot);
    return held === PLACE ? undefined : held;
  }

  #put(slot: string, record: StoredRecord, keepMs: number): void {
    this.#slots.set(slot, record, keepMs);
    this.#records += 1;
    this.#bytes += record.byteLength;
    if (this.#drops) this.#dropForRoom(slot);
  }

  #dropForRoom(slot: string): void {
    if (this.#fits()) return;
    this.#slots.sweep();
    while (!this.#fits()) {
      const oldest = this.#slots.oldest();
      if (oldest === undefined || oldest === slot) return;
      this.#slots.delete(oldest);
      for (const listener of this.#listeners.values()) listener(oldest);
    }
  }

  #fits(): boolean {
    return this.#records <= this.#maxRecords && this.#bytes <= this.#maxBytes;
  }

  /** What has ended by itself makes room before anybody is refused. */
  #hasRoom(): boolean {
    const has = (): boolean => this.#slots.size < this.#maxRecords && this.#bytes < this.#maxBytes;
    if (has()) return true;
    this.#slots.sweep();
    return has();
  }
}

/** What leaves goes through codecs, handlers, hooks and middleware, and none of them is to change the record. */
function copyOf(record: StoredRecord): StoredRecord {
  return Buffer.from(record);
}
