/** Leases in Redis, for any storage: the counterpart of a multi-process lock, with one lease per slot instead of one for all. */
import { called, type Claim, type IdempotencyLock, type Lease, type Watch } from '@nestjs-idempotency/core';
import { RedisConnection } from './connection.js';
import { RedisLeases } from './leases.js';
import type { RedisOptions } from './options.js';
import { ACQUIRE } from './scripts.js';
import type { RedisSource } from './source.js';
import { Subscription } from './subscription.js';

/** Leases by the clock of the Redis server. Waiting duplicates are woken over one subscription per lock. */
export class RedisLock implements IdempotencyLock {
  static {
    called(this, 'RedisLock');
  }

  readonly #connection: RedisConnection;
  readonly #leases: RedisLeases;
  readonly #subscription: Subscription;

  constructor(source: RedisSource, options: RedisOptions = {}) {
    this.#connection = new RedisConnection('RedisLock', source, options);
    const { client, names, settings } = this.#connection;
    this.#leases = new RedisLeases(this.#connection);
    this.#subscription = new Subscription(client, names.channel, settings.onFault);
  }

  async acquire(lease: Lease, leaseMs: number, traceMs: number): Promise<Claim> {
    const keys = [this.#connection.names.lease(lease.slot)];
    const { claim } = await this.#leases.claim(ACQUIRE, keys, lease, leaseMs, traceMs);
    if (!claim) throw new TypeError('Redis answered a claim with something else.');
    return claim;
  }

  renew(lease: Lease, leaseMs: number): Promise<'kept' | 'lost'> {
    return this.#leases.renew(lease, leaseMs);
  }

  release(lease: Lease): Promise<void> {
    return this.#leases.release(lease);
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
}
