/** Records in Redis, as the very bytes that were given; Redis itself lets them expire. */
import { called, type IdempotencyStorage, type Saved, type StoredRecord } from '@nestjs-idempotency/core';
import { RedisConnection } from './connection.js';
import { duration } from './leases.js';
import type { Heard } from './operations.js';
import type { RedisOptions } from './options.js';
import { FIND, REPLACE, SAVE } from './scripts.js';
import type { RedisSource } from './source.js';

/** A storage for any lock. With the leases in the same Redis, `RedisBackend` does both in fewer round trips. */
export class RedisStorage implements IdempotencyStorage {
  static {
    called(this, 'RedisStorage');
  }

  readonly #connection: RedisConnection;

  constructor(source: RedisSource, options: RedisOptions = {}) {
    this.#connection = new RedisConnection('RedisStorage', source, options);
  }

  async find(slot: string): Promise<StoredRecord | undefined> {
    const { operations, names } = this.#connection;
    const { reply } = await operations.run({ script: FIND, keys: [names.record(slot)], args: [] });
    return (reply as Buffer | null) ?? undefined;
  }

  async save(slot: string, record: StoredRecord, keepMs: number): Promise<Saved> {
    const { operations, names } = this.#connection;
    const args = [bytes(record), duration(keepMs)];
    return saved(await operations.run({ script: SAVE, keys: [names.record(slot)], args }), record);
  }

  async replace(slot: string, record: StoredRecord, keepMs: number): Promise<void> {
    const { operations, names } = this.#connection;
    await operations.run({ script: REPLACE, keys: [names.record(slot)], args: [bytes(record), duration(keepMs)] });
  }

  /** Warnings about the server; rejects when it cannot serve. */
  check(): Promise<readonly string[]> {
    return this.#connection.check();
  }

  /** Closes what was opened here; a client that was given stays open. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** The same memory as a Buffer, which is what the drivers send as it is. */
export function bytes(record: StoredRecord): Buffer {
  return Buffer.from(record.buffer, record.byteOffset, record.byteLength);
}

/** What a save came to. When an earlier try's reply was lost, finding our own bytes means that it was us who saved. */
export function saved({ reply, isRepeated }: Heard, record: StoredRecord): Saved {
  const held = reply as Buffer | null;
  if (!held || (isRepeated && held.equals(record))) return { kind: 'saved' };
  return { kind: 'taken', record: held };
}
