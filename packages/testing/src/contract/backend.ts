/** The contract of `IdempotencyBackend`: storage and lock as one source of facts. */
import { type IdempotencyBackend, kinds } from '@nestjs-idempotency/core';
import { casesOf, type Case, type MakeRig, type Rig } from './case.js';
import { groundOf, LONG_MS } from './ground.js';
import { openClauses } from './backend-open.js';
import { settleClauses } from './backend-settle.js';
import { transactionClauses, type TransactionalRig } from './backend-transaction.js';
import type { BackendGround } from './backend-ground.js';
import { LOCK_KINDS, type LockDifferences } from './lock.js';
import { watchClauses } from './watch.js';
import { newRecord } from './ground.js';

/** Every clause of `IdempotencyBackend` but those of `transaction` as a case. `differences` are those of the lock in it. */
export function backendContract(make: MakeRig<Rig<IdempotencyBackend>>, differences: LockDifferences = {}): Case[] {
  kinds.optionsOf('backendContract', differences, LOCK_KINDS);
  const ground = (rig: Rig<IdempotencyBackend>): BackendGround => ({
    ...groundOf(rig, differences),
    tellsFingerprint: differences.tellsFingerprint ?? true,
  });
  const watching = watchClauses<IdempotencyBackend>(differences.watches ?? true, {
    won: async (backend, lease, leaseMs) => (await backend.open(lease, leaseMs, leaseMs)).claim?.kind === 'won',
    changes: {
      'was released': (backend, lease) => backend.release(lease),
      'got its record': (backend, lease) => backend.settle(lease, newRecord(), LONG_MS),
      'got another record': (backend, lease) => backend.resettle(lease, newRecord(), LONG_MS),
    },
  });
  return [
    ...casesOf('backendContract', [...openClauses, ...settleClauses], make, ground),
    ...casesOf('backendContract', watching, make, ground),
  ];
}

/** Every clause of `transaction` as a case, for a backend that has one; its rig also says how an effect is made and counted. */
export function transactionContract(make: MakeRig<TransactionalRig>): Case[] {
  return casesOf('transactionContract', transactionClauses, make, (rig) => ({ ...groundOf<IdempotencyBackend>(rig, {}), rig }));
}
