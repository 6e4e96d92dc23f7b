/** One lock server for several applications. */
import type { IdempotencyLock, Lease } from '@nestjs-idempotency/core';

/** `lock`, whose slots are kept apart from those of every other name. */
export function namedLock(lock: IdempotencyLock, name: string): IdempotencyLock {
  const slotOf = (slot: string): string => `${name}:${slot}`;
  const watch = lock.watch?.bind(lock);
  const named = (lease: Lease): Lease => ({ ...lease, slot: slotOf(lease.slot) });
  return {
    acquire: (lease, leaseMs, traceMs) => lock.acquire(named(lease), leaseMs, traceMs),
    renew: (lease, leaseMs) => lock.renew(named(lease), leaseMs),
    release: (lease) => lock.release(named(lease)),
    ...(watch && { watch: (slot: string) => watch(slotOf(slot)) }),
  };
}
