/** The reference lock: one process. */
import type { Awaitable } from '../awaitable.js';
import { type Clock, systemClock } from '../clock.js';
import { branded } from '../copies.js';
import { type KindsOf, optionsOf, withMethods } from '../kinds/index.js';
import type { Claim, IdempotencyLock, Lease, Watch } from '../ports.js';
import { ExpiringMap } from './expiring-map.js';
import { Watchers } from './watchers.js';

interface Holding {
  readonly token: string;
  readonly fingerprint: string;
  readonly attempt: number;
  readonly traceMs: number;
  readonly endsAt: number;
}

/** How a `MemoryLock` lives. */
export interface MemoryLockOptions {
  readonly clock?: Clock;
}

const KINDS: KindsOf<MemoryLockOptions> = { clock: withMethods('now', 'after') };

/** Leases in this process's memory. The trace of a lapsed lease is an entry that outlives it; a live lease is never dropped. */
export class MemoryLock implements IdempotencyLock {
  static {
    branded(this, 'MemoryLock');
  }

  readonly #clock: Clock;
  readonly #holdings: ExpiringMap<Holding>;
  readonly #watchers = new Watchers();

  constructor(options: MemoryLockOptions = {}) {
    const { clock = systemClock } = optionsOf('MemoryLock', options, KINDS);
    this.#clock = clock;
    this.#holdings = new ExpiringMap(clock);
  }

  acquire({ slot, fingerprint, token }: Lease, leaseMs: number, traceMs: number): Awaitable<Claim> {
    const last = this.#holdings.get(slot);
    const leftMs = (last?.endsAt ?? 0) - this.#clock.now();
    if (last && last.token !== token && leftMs > 0) return { kind: 'held', fingerprint: last.fingerprint, leftMs };
    const attempt = !last ? 1 : last.token === token ? last.attempt : last.attempt + 1;
    this.#hold(slot, { token, fingerprint, attempt, traceMs }, leaseMs);
    return { kind: 'won', attempt };
  }

  renew({ slot, token }: Lease, leaseMs: number): Awaitable<'kept' | 'lost'> {
    const last = this.#holdings.get(slot);
    if (last?.token !== token) return 'lost';
    this.#hold(slot, last, leaseMs);
    return 'kept';
  }

  release({ slot, token }: Lease): Awaitable<void> {
    if (this.#holdings.get(slot)?.token === token) {
      this.#holdings.delete(slot);
      this.#watchers.wake(slot);
    }
  }

  watch(slot: string): Watch {
    return this.#watchers.watch(slot);
  }

  /** Forgets all leases and lapses, as if the process had started anew. Who holds one has lost it; who waits looks again. */
  clear(): void {
    this.#holdings.clear();
    this.#watchers.wakeAll();
  }

  /** Each field by its name: to spread an object costs more than all else that a lease does. */
  #hold(slot: string, { token, fingerprint, attempt, traceMs }: Omit<Holding, 'endsAt'>, leaseMs: number): void {
    const endsAt = this.#clock.now() + leaseMs;
    this.#holdings.set(slot, { token, fingerprint, attempt, traceMs, endsAt }, leaseMs + traceMs);
  }
}
