/** The clauses of a backend about writing the record and ending the lease with it. */
import assert from 'node:assert/strict';
import type { IdempotencyBackend } from '@nestjs-idempotency/core';
import { nobodyHolds, open, toldTaken, type BackendGround } from './backend-ground.js';
import { resettleClauses } from './backend-resettle.js';
import type { Clause } from './case.js';
import { CROWD, LONG_MS, newLease, newRecord, newSlot } from './ground.js';
import { sameBytes } from './storage.js';

/** The clauses of `settle` and `resettle`. */
export const settleClauses: readonly Clause<BackendGround>[] = [
  {
    quotes: 'Saves as a storage does and then releases `lease`.',
    behaviour: 'keeps the very bytes for keepMs, and forgets the lapses before them',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there, slot, record] = [await connect(), await connect(), newSlot(), newRecord(1 << 20)];
      await here.open(newLease(slot), shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const lease = newLease(slot);
      assert.deepEqual((await open(here, lease)).claim, { kind: 'won', attempt: 2 });
      assert.deepEqual(await here.settle(lease, record, LONG_MS), { kind: 'saved' });
      sameBytes((await open(there, newLease(slot))).record, record);
      await nobodyHolds(there, slot);
      const brief = newLease(newSlot());
      await open(here, brief);
      await here.settle(brief, record, shortMs);
      await time.pass(shortMs + coarseMs);
      assert.deepEqual(await open(there, newLease(brief.slot)), { claim: { kind: 'won', attempt: 1 } });
    },
  },
  {
    quotes: 'Of any number of concurrent callers exactly one saves, and all others are told its record.',
    behaviour: `lets one of ${CROWD} concurrent settlers save, whoever held the slot, and tells all of them who did`,
    async check({ crowd }) {
      for (let round = 0; round < 5; round++) {
        const [slot, settlers] = [newSlot(), await crowd()];
        const records = settlers.map(() => newRecord());
        const told = await Promise.all(settlers.map((one, i) => one.settle(newLease(slot), records[i] as Uint8Array, LONG_MS)));
        const winners = told.flatMap(({ kind }, i) => (kind === 'saved' ? [i] : []));
        assert.equal(winners.length, 1, `${String(winners.length)} settlers were told that they saved`);
        const first = records[winners[0] as number] as Uint8Array;
        for (const [i, saved] of told.entries()) if (i !== winners[0]) toldTaken(saved, first);
        sameBytes((await open(settlers[0] as IdempotencyBackend, newLease(slot))).record, first);
      }
    },
  },
  {
    quotes: "Whoever is told 'saved' or 'taken' no longer holds the slot.",
    behaviour: 'ends the lease of a late holder that finds the slot taken, and of who overtook it',
    async check({ connect, time, shortMs, coarseMs }) {
      const [backend, late, first] = [await connect(), newLease(newSlot()), newRecord()];
      await backend.open(late, shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const next = newLease(late.slot);
      assert.deepEqual((await open(backend, next)).claim, { kind: 'won', attempt: 2 });
      assert.deepEqual(await backend.settle(late, first, LONG_MS), { kind: 'saved' });
      assert.equal(await backend.renew(next, LONG_MS), 'kept', 'a late holder’s settle ended the lease of another');
      toldTaken(await backend.settle(next, newRecord(), LONG_MS), first);
      assert.equal(await backend.renew(next, LONG_MS), 'lost');
      await nobodyHolds(backend, late.slot);
    },
  },
  {
    quotes: 'otherwise leaves it and tells what it holds',
    behaviour: 'tells a settler that repeats itself, because its first answer was lost, its own record',
    async check({ connect }) {
      const [backend, lease, record] = [await connect(), newLease(newSlot()), newRecord()];
      await open(backend, lease);
      await backend.settle(lease, record, LONG_MS);
      const again = await backend.settle(lease, record, LONG_MS);
      if (again.kind === 'taken') sameBytes(again.record, record);
      await nobodyHolds(backend, lease.slot);
      sameBytes((await open(backend, newLease(lease.slot))).record, record);
    },
  },
  ...resettleClauses,
];
