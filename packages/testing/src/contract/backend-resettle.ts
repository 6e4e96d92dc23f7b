/** The clauses of a backend about putting a record in the place of another: only the last to hold the slot may. */
import assert from 'node:assert/strict';
import type { IdempotencyBackend } from '@nestjs-idempotency/core';
import { keptSlot, nobodyHolds, open, toldTaken, type BackendGround } from './backend-ground.js';
import type { Clause } from './case.js';
import { LONG_MS, newLease, newRecord, newSlot } from './ground.js';
import { sameBytes } from './storage.js';

const REPLACES = 'Replaces as a storage does and then releases `lease`, if `lease` was the last to hold the slot, lapsed or not.';
const STAYS =
  'Whoever comes after somebody else took the slot saves as `settle` does: the record of its successor stays, and is told.';

/** The clauses of `resettle`. */
export const resettleClauses: readonly Clause<BackendGround>[] = [
  {
    quotes: REPLACES,
    behaviour: 'puts another record in place for keepMs, and frees the slot',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there] = [await connect(), await connect()];
      const { slot } = await keptSlot(here);
      const [holder, second] = [newLease(slot), newRecord()] as const;
      await open(here, holder, true);
      assert.deepEqual(await here.resettle(holder, second, LONG_MS), { kind: 'saved' });
      sameBytes((await open(there, newLease(slot))).record, second);
      await nobodyHolds(there, slot);
      const last = newLease(slot);
      await open(there, last, true);
      await there.resettle(last, newRecord(), shortMs);
      await time.pass(shortMs + coarseMs);
      assert.deepEqual(await open(here, newLease(slot)), { claim: { kind: 'won', attempt: 1 } });
    },
  },
  {
    quotes: REPLACES,
    behaviour: 'fills an empty slot, and forgets the lapses before it',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there, lease, record] = [await connect(), await connect(), newLease(newSlot()), newRecord()];
      await here.open(newLease(lease.slot), shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      assert.deepEqual((await open(here, lease)).claim, { kind: 'won', attempt: 2 });
      assert.deepEqual(await here.resettle(lease, record, LONG_MS), { kind: 'saved' });
      sameBytes((await open(there, newLease(lease.slot))).record, record);
      await nobodyHolds(there, lease.slot);
    },
  },
  {
    quotes: REPLACES,
    behaviour: 'replaces for a holder whose lease has lapsed and whose slot nobody took',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there] = [await connect(), await connect()];
      const { slot } = await keptSlot(here);
      const [late, second] = [newLease(slot), newRecord()];
      await here.open(late, shortMs, LONG_MS, true);
      await time.pass(shortMs + coarseMs);
      assert.deepEqual(await there.resettle(late, second, LONG_MS), { kind: 'saved' });
      sameBytes((await open(here, newLease(slot))).record, second);
      await nobodyHolds(here, slot);
    },
  },
  {
    quotes: STAYS,
    behaviour: 'leaves the record that was there, and its successor the slot, while the successor runs',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there] = [await connect(), await connect()];
      const { slot, record } = await keptSlot(here);
      const [late, successor, second] = [newLease(slot), newLease(slot), newRecord()] as const;
      await here.open(late, shortMs, LONG_MS, true);
      await time.pass(shortMs + coarseMs);
      await open(there, successor, true);
      toldTaken(await here.resettle(late, newRecord(), LONG_MS), record);
      sameBytes((await open(there, newLease(slot))).record, record);
      assert.equal(await there.renew(successor, LONG_MS), 'kept', 'a late resettle ended the lease of a successor');
      assert.deepEqual(await there.resettle(successor, second, LONG_MS), { kind: 'saved' });
      toldTaken(await here.resettle(late, newRecord(), LONG_MS), second);
      sameBytes((await open(there, newLease(slot))).record, second);
      await nobodyHolds(there, slot);
    },
  },
  {
    quotes: STAYS,
    behaviour: 'leaves the end of that record, too, and leaves it to whoever never held the slot',
    async check({ connect, time, shortMs, coarseMs }) {
      const [backend, lease, record] = [await connect(), newLease(newSlot()), newRecord()];
      await open(backend, lease);
      await backend.settle(lease, record, shortMs);
      const savedAt = time.now();
      const told = await backend.resettle(newLease(lease.slot), newRecord(), LONG_MS);
      if (told.kind === 'taken') sameBytes(told.record, record);
      else assert.ok(time.now() >= savedAt + shortMs - coarseMs, 'a stranger replaced the record');
      await time.pass(shortMs + coarseMs);
      if (told.kind === 'taken') await nobodyHolds(backend, lease.slot);
      if (told.kind === 'taken') assert.equal((await open(backend, newLease(lease.slot))).record, undefined);
    },
  },
  {
    quotes: STAYS,
    behaviour: 'saves in an empty slot, and leaves its successor the slot, who replaces it',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there, late, first, second] = [
        await connect(),
        await connect(),
        newLease(newSlot()),
        newRecord(),
        newRecord(),
      ] as const;
      await here.open(late, shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const successor = newLease(late.slot);
      await open(there, successor);
      assert.deepEqual(await here.resettle(late, first, LONG_MS), { kind: 'saved' });
      sameBytes((await open(there, newLease(late.slot))).record, first);
      assert.equal(await there.renew(successor, LONG_MS), 'kept', 'a late resettle ended the lease of a successor');
      assert.deepEqual(await there.resettle(successor, second, LONG_MS), { kind: 'saved' });
      sameBytes((await open(here, newLease(late.slot))).record, second);
    },
  },
  {
    quotes: STAYS,
    behaviour: 'tells one that repeats itself, because its first answer was lost, its own record',
    async check({ connect }) {
      const backend = await connect();
      const { slot } = await keptSlot(backend);
      const [lease, second] = [newLease(slot), newRecord()];
      await open(backend, lease, true);
      await backend.resettle(lease, second, LONG_MS);
      const again = await backend.resettle(lease, second, LONG_MS);
      if (again.kind === 'taken') sameBytes(again.record, second);
      sameBytes((await open(backend, newLease(slot))).record, second);
      await nobodyHolds(backend, slot);
    },
  },
  {
    quotes: STAYS,
    behaviour: 'never replaces what one of many who ask for a lapsed slot has been given',
    async check({ crowd, time, shortMs, coarseMs }) {
      for (let round = 0; round < 5; round++) {
        const others = await crowd();
        const owner = others[0] as IdempotencyBackend;
        const { slot, record } = await keptSlot(owner);
        const late = newLease(slot);
        await owner.open(late, shortMs, LONG_MS, true);
        await time.pass(shortMs + coarseMs);
        const ask = (backend: IdempotencyBackend) => open(backend, newLease(slot), true);
        const half = others.length / 2;
        const early = others.slice(0, half).map(ask);
        const second = newRecord();
        const resettled = owner.resettle(late, second, LONG_MS);
        const opened = await Promise.all([...early, ...others.slice(half).map(ask)]);
        const winner = opened.find(({ claim }) => claim?.kind === 'won');
        const saved = await resettled;
        if (winner) sameBytes(winner.record, saved.kind === 'saved' ? second : record);
        if (saved.kind === 'taken') sameBytes(saved.record, record);
      }
    },
  },
];
