/** The reference storage: one process, bounded, gone with the process. */
import { type Clock, systemClock } from '../clock.js';
import type { IdempotencyStorage, Saved, StoredRecord } from '../ports.js';
import { ExpiringMap } from './expiring-map.js';

export interface MemoryStorageOptions {
  /** Records kept at most; beyond, the oldest is dropped and its key runs again. Default 100,000. */
  readonly maxRecords?: number;
  /** Bytes of records kept at most, without the map's own. Default 256 MiB. */
  readonly maxBytes?: number;
  readonly clock?: Clock;
}

/** Records in this process's memory, as bytes, each freed at its time. */
export class MemoryStorage implements IdempotencyStorage {
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #records: ExpiringMap<StoredRecord>;
  #bytes = 0;

  constructor({ maxRecords = 100_000, maxBytes = 256 * 1024 * 1024, clock = systemClock }: MemoryStorageOptions = {}) {
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#records = new ExpiringMap(clock, (record) => {
      this.#bytes -= record.byteLength;
    });
  }

  /** Records held now. */
  get size(): number {
    return this.#records.size;
  }

  find(slot: string): Promise<StoredRecord | undefined> {
    return Promise.resolve(this.#records.get(slot));
  }

  save(slot: string, record: StoredRecord, keepMs: number): Promise<Saved> {
    const held = this.#records.get(slot);
    if (held) return Promise.resolve({ kind: 'taken', record: held });
    this.#put(slot, record, keepMs);
    return Promise.resolve({ kind: 'saved' });
  }

  replace(slot: string, record: StoredRecord, keepMs: number): Promise<void> {
    this.#put(slot, record, keepMs);
    return Promise.resolve();
  }

  #put(slot: string, record: StoredRecord, keepMs: number): void {
    this.#records.set(slot, record, keepMs);
    this.#bytes += record.byteLength;
    while (this.#records.size > this.#maxRecords || this.#bytes > this.#maxBytes) {
      const oldest = this.#records.oldest();
      if (oldest === undefined || oldest === slot) return;
      this.#records.delete(oldest);
    }
  }
}
