/** What the cases of a backend stand on. */
import assert from 'node:assert/strict';
import type { IdempotencyBackend, Lease, Opened, Saved } from '@nestjs-idempotency/core';
import { LONG_MS, newLease, newRecord, newSlot, type Ground } from './ground.js';
import { sameBytes } from './storage.js';

/** The ground of a backend's cases. */
export interface BackendGround extends Ground<IdempotencyBackend> {
  readonly tellsFingerprint: boolean;
}

/** Opens with a lease that does not end in the case. */
export const open = (backend: IdempotencyBackend, lease: Lease, evenIfKept?: boolean): Promise<Opened> =>
  evenIfKept === undefined ? backend.open(lease, LONG_MS, LONG_MS) : backend.open(lease, LONG_MS, LONG_MS, evenIfKept);

/** A slot that holds a record, and the record. */
export async function keptSlot(backend: IdempotencyBackend): Promise<{ slot: string; record: Uint8Array }> {
  const [lease, record] = [newLease(newSlot()), newRecord()];
  assert.deepEqual(await open(backend, lease), { claim: { kind: 'won', attempt: 1 } });
  assert.deepEqual(await backend.settle(lease, record, LONG_MS), { kind: 'saved' });
  return { slot: lease.slot, record };
}

/** Nobody holds the slot, and it has no lapse to count. */
export async function nobodyHolds(backend: IdempotencyBackend, slot: string): Promise<void> {
  const probe = newLease(slot);
  assert.deepEqual((await open(backend, probe, true)).claim, { kind: 'won', attempt: 1 });
  await backend.release(probe);
}

/** The save found this record in its way. */
export function toldTaken(saved: Saved, record: Uint8Array): void {
  assert.equal(saved.kind, 'taken');
  sameBytes(saved.record, record);
}
