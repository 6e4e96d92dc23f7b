/** The clauses of a backend about opening a slot and holding it. */
import assert from 'node:assert/strict';
import type { IdempotencyBackend, Lease } from '@nestjs-idempotency/core';
import { keptSlot, nobodyHolds, open, type BackendGround } from './backend-ground.js';
import type { Clause } from './case.js';
import { CROWD, LONG_MS, newLease, newRecord, newSlot } from './ground.js';
import { held, won } from './lock-claim.js';
import { sameBytes } from './storage.js';

/** The clauses of `open`, and of `renew` and `release` through a backend. */
export const openClauses: readonly Clause<BackendGround>[] = [
  {
    quotes: 'Looks at the slot and asks for it.',
    behaviour: `lets one of ${CROWD} concurrent openers of an empty slot win, and tells the others what it was asked`,
    async check({ crowd, coarseMs, tellsFingerprint }) {
      for (let round = 0; round < 5; round++) {
        const [slot, openers] = [newSlot(), await crowd()];
        const leases = openers.map(() => newLease(slot));
        const opened = await Promise.all(openers.map((backend, i) => open(backend, leases[i] as Lease)));
        const winners = opened.flatMap(({ claim }, i) => (claim?.kind === 'won' ? [i] : []));
        assert.equal(winners.length, 1, `${String(winners.length)} openers won`);
        const winner = winners[0] as number;
        for (const [i, { record, claim }] of opened.entries()) {
          assert.equal(record, undefined);
          if (i === winner) won(claim, 1);
          else held(claim, tellsFingerprint ? leases[winner]?.fingerprint : undefined, LONG_MS + coarseMs);
        }
      }
    },
  },
  {
    quotes: 'What was found when a slot was opened.',
    behaviour: 'tells the holder that opens again that it won, with the same attempt',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there, lease] = [await connect(), await connect(), newLease(newSlot())];
      await here.open(newLease(lease.slot), shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      assert.deepEqual(await open(here, lease), { claim: { kind: 'won', attempt: 2 } });
      assert.deepEqual(await open(there, lease), { claim: { kind: 'won', attempt: 2 } });
    },
  },
  {
    quotes: 'At least one of the three is there.',
    behaviour: `answers each of ${CROWD} openers with a record or a claim while the holder settles`,
    async check({ crowd }) {
      const [lease, openers] = [newLease(newSlot()), await crowd()];
      const holder = openers[0] as IdempotencyBackend;
      await open(holder, lease);
      const [opened] = await Promise.all([
        Promise.all(openers.map((backend) => open(backend, newLease(lease.slot)))),
        holder.settle(lease, newRecord(), LONG_MS),
      ]);
      for (const { record, claim } of opened) assert.ok(record ?? claim, 'an opener was told nothing');
    },
  },
  {
    quotes: 'The slot holds nothing, and nobody was asked for it: the store has no room for what would come of it.',
    behaviour: 'says so of no slot that holds something, and of no slot of this run',
    async check({ connect }) {
      const backend = await connect();
      const { slot } = await keptSlot(backend);
      for (const evenIfKept of [false, true]) assert.equal((await open(backend, newLease(slot), evenIfKept)).isFull, undefined);
      assert.equal((await open(backend, newLease(newSlot()))).isFull, undefined);
    },
  },
  {
    quotes: 'Without `evenIfKept`, a slot that holds a record is not claimed.',
    behaviour: 'gives the record and leaves the slot to nobody; with evenIfKept it gives both, and excludes',
    async check({ connect, crowd }) {
      const backend = await connect();
      const { slot, record } = await keptSlot(backend);
      for (const opened of await Promise.all((await crowd()).map((one) => open(one, newLease(slot))))) {
        sameBytes(opened.record, record);
        assert.notEqual(opened.claim?.kind, 'won');
      }
      const both = await open(backend, newLease(slot), true);
      sameBytes(both.record, record);
      won(both.claim, 1);
      assert.equal((await open(backend, newLease(slot), true)).claim?.kind, 'held');
    },
  },
  {
    quotes: "A record that is missing from a 'won' answer was not there at a moment at which the lease was already held.",
    behaviour: 'never lets an opener win without the record that a settling holder has just written',
    async check({ crowd }) {
      for (let round = 0; round < 20; round++) {
        const [lease, openers, record] = [newLease(newSlot()), await crowd(), newRecord()];
        const holder = openers[0] as IdempotencyBackend;
        won((await open(holder, lease)).claim, 1);
        const half = openers.length / 2;
        const early = openers.slice(0, half).map((backend) => open(backend, newLease(lease.slot)));
        const settled = holder.settle(lease, record, LONG_MS);
        const late = openers.slice(half).map((backend) => open(backend, newLease(lease.slot)));
        for (const opened of await Promise.all([...early, ...late])) {
          if (opened.record) sameBytes(opened.record, record);
          else assert.equal(opened.claim?.kind, 'held', 'won a slot whose record was there');
        }
        assert.deepEqual(await settled, { kind: 'saved' });
        await nobodyHolds(holder, lease.slot);
      }
    },
  },
  {
    quotes: '`attempt` is 1 plus the number of earlier leases that lapsed on this slot without a record.',
    behaviour: 'counts lapses for as long as a record would be kept, and forgets them on release',
    async check({ connect, time, shortMs, coarseMs }) {
      const [backend, slot, last] = [await connect(), newSlot(), newLease(newSlot())];
      won((await backend.open(newLease(slot), shortMs, LONG_MS)).claim, 1);
      await time.pass(shortMs + coarseMs);
      won((await backend.open(newLease(slot), shortMs, LONG_MS)).claim, 2);
      await time.pass(shortMs + coarseMs);
      won((await backend.open({ ...last, slot }, LONG_MS, LONG_MS)).claim, 3);
      await backend.release({ ...last, slot });
      await nobodyHolds(backend, slot);
    },
  },
  {
    quotes: 'A lapsed lease that nobody took is revived, so that a short outage of the store costs no second execution.',
    behaviour: 'renews and releases for the last holder only, also over another connection',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there, overtaken] = [await connect(), await connect(), newLease(newSlot())];
      await here.open(overtaken, shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      assert.equal(await there.renew(overtaken, shortMs), 'kept');
      await time.pass(shortMs + coarseMs);
      const holder = newLease(overtaken.slot);
      won((await open(there, holder)).claim, 2);
      assert.equal(await here.renew(overtaken, LONG_MS), 'lost');
      await here.release(overtaken);
      assert.equal((await open(here, newLease(holder.slot))).claim?.kind, 'held');
      assert.equal(await here.renew(holder, LONG_MS), 'kept');
      await here.release(holder);
      await nobodyHolds(there, holder.slot);
    },
  },
  {
    quotes: 'Asked once at start-up. Resolves with warnings, each naming the danger and the cure; rejects to refuse the start.',
    behaviour: 'accepts the store of this run, if it checks at all, and warns in sentences',
    async check({ connect }) {
      const backend = await connect();
      for (const warning of (await backend.check?.()) ?? []) assert.match(warning, /^\S.{20,}[.]$/s);
    },
  },
];
