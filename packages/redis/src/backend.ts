/** Records and leases in one Redis: one round trip to open, one to settle, one to replay. */
import {
  called,
  type IdempotencyBackend,
  type Lease,
  type Opened,
  type Saved,
  type StoredRecord,
  type Watch,
} from '@nestjs-idempotency/core';
import type { RedisArgument } from './command.js';
import { RedisConnection } from './connection.js';
import { duration, RedisLeases } from './leases.js';
import type { Heard } from './operations.js';
import type { RedisOptions } from './options.js';
import type { Script } from './script.js';
import { OPEN, RESETTLE, SETTLE } from './scripts.js';
import type { RedisSource } from './source.js';
import { bytes, saved } from './storage.js';
import { Subscription } from './subscription.js';

/** For fleets of processes on one Redis or Valkey, 7.0 or later: single, behind Sentinel, or a Cluster. */
export class RedisBackend implements IdempotencyBackend {
  static {
    called(this, 'RedisBackend');
  }

  readonly #connection: RedisConnection;
  readonly #leases: RedisLeases;
  readonly #subscription: Subscription;

  constructor(source: RedisSource, options: RedisOptions = {}) {
    this.#connection = new RedisConnection('RedisBackend', source, options);
    const { client, names, settings } = this.#connection;
    this.#leases = new RedisLeases(this.#connection);
    this.#subscription = new Subscription(client, names.channel, settings.onFault);
  }

  async open(lease: Lease, leaseMs: number, keepMs: number, evenIfKept = false): Promise<Opened> {
    const { record, claim } = await this.#leases.claim(OPEN, this.#keys(lease), lease, leaseMs, keepMs, evenIfKept ? '1' : '');
    return { ...(record && { record }), ...(claim && { claim }) };
  }

  renew(lease: Lease, leaseMs: number): Promise<'kept' | 'lost'> {
    return this.#leases.renew(lease, leaseMs);
  }

  release(lease: Lease): Promise<void> {
    return this.#leases.release(lease);
  }

  async settle(lease: Lease, record: StoredRecord, keepMs: number): Promise<Saved> {
    return saved(await this.#end(SETTLE, lease, record, keepMs), record);
  }

  async resettle(lease: Lease, record: StoredRecord, keepMs: number): Promise<Saved> {
    return saved(await this.#end(RESETTLE, lease, record, keepMs), record);
  }

  watch(slot: string): Watch {
    return this.#subscription.watch(slot);
  }

  /** Starts the subscription and returns warnings about the server; rejects when it cannot serve. */
  async check(): Promise<readonly string[]> {
    const warnings = await this.#connection.check();
    return [...warnings, ...(await this.#subscription.check(this.#connection.settings.timeoutMs))];
  }

  /** Ends the subscription, and the client if it was made from a URL here. */
  async close(): Promise<void> {
    await this.#subscription.close();
    await this.#connection.close();
  }

  #end(script: Script, lease: Lease, record: StoredRecord, keepMs: number): Promise<Heard> {
    const { operations, names } = this.#connection;
    const args: RedisArgument[] = [lease.token, names.channel, lease.slot, bytes(record), duration(keepMs)];
    return operations.run({ script, keys: this.#keys(lease), args });
  }

  #keys({ slot }: Lease): string[] {
    const { names } = this.#connection;
    return [names.lease(slot), names.record(slot)];
  }
}
