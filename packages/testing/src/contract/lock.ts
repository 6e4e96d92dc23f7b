/** The contract of `IdempotencyLock`: who may run, for how long, and after whom. */
import { type IdempotencyLock, kinds } from '@nestjs-idempotency/core';
import { casesOf, type Case, type MakeRig, type Rig } from './case.js';
import { groundOf, TIME_KINDS, type TimeDifferences } from './ground.js';
import { claimClauses, type LockGround } from './lock-claim.js';
import { leaseClauses } from './lock-lease.js';
import { watchClauses } from './watch.js';

/** Where a lock differs from the port. */
export interface LockDifferences extends TimeDifferences {
  /** `false` for a lock that cannot tell what the holder was asked: then the suite checks that it does not pretend to. */
  readonly tellsFingerprint?: false;
  /** `false` for a lock that cannot push: then the suite checks that it has no `watch`. */
  readonly watches?: false;
}

export const LOCK_KINDS: kinds.KindsOf<LockDifferences> = { ...TIME_KINDS, tellsFingerprint: kinds.bool, watches: kinds.bool };

/** Every clause of `IdempotencyLock` as a case. */
export function lockContract(make: MakeRig<Rig<IdempotencyLock>>, differences: LockDifferences = {}): Case[] {
  kinds.optionsOf('lockContract', differences, LOCK_KINDS);
  const ground = (rig: Rig<IdempotencyLock>): LockGround => ({
    ...groundOf(rig, differences),
    tellsFingerprint: differences.tellsFingerprint ?? true,
  });
  const watching = watchClauses<IdempotencyLock>(differences.watches ?? true, {
    won: async (lock, lease, leaseMs) => (await lock.acquire(lease, leaseMs, leaseMs)).kind === 'won',
    changes: { 'was released': async (lock, lease) => lock.release(lease) },
  });
  return [
    ...casesOf('lockContract', [...claimClauses, ...leaseClauses], make, ground),
    ...casesOf('lockContract', watching, make, ground),
  ];
}
