/** The clauses of a lock about asking for a slot. */
import assert from 'node:assert/strict';
import type { Claim, IdempotencyLock } from '@nestjs-idempotency/core';
import type { Clause } from './case.js';
import { CROWD, LONG_MS, newLease, newSlot, type Ground } from './ground.js';

/** The ground of the lock's cases. */
export interface LockGround extends Ground<IdempotencyLock> {
  readonly tellsFingerprint: boolean;
}

/** The claim was won, as the nth attempt. */
export function won(claim: Claim | undefined, attempt: number): void {
  assert.deepEqual(claim, { kind: 'won', attempt });
}

/** The claim is held, by whom the lock says. */
export function held(claim: Claim | undefined, fingerprint: string | undefined, leaseMs: number): void {
  assert.equal(claim?.kind, 'held');
  const { leftMs, ...rest } = claim;
  assert.deepEqual(rest, fingerprint === undefined ? { kind: 'held' } : { kind: 'held', fingerprint });
  assert.ok(leftMs >= 0 && leftMs <= leaseMs, `leftMs is ${String(leftMs)} of a lease of ${String(leaseMs)}`);
}

/** The clauses of `acquire`. */
export const claimClauses: readonly Clause<LockGround>[] = [
  {
    quotes: 'Of any number of concurrent callers exactly one wins; the others learn what the winner was asked.',
    behaviour: `lets one of ${CROWD} concurrent callers on several connections win`,
    async check({ crowd, tellsFingerprint, coarseMs }) {
      for (let round = 0; round < 5; round++) {
        const [slot, callers] = [newSlot(), await crowd()];
        const leases = callers.map(() => newLease(slot));
        const claims = await Promise.all(
          callers.map(async (lock, i) => lock.acquire(leases[i] as (typeof leases)[0], LONG_MS, LONG_MS)),
        );
        const winners = claims.flatMap(({ kind }, i) => (kind === 'won' ? [i] : []));
        assert.equal(winners.length, 1, `${String(winners.length)} callers won`);
        const winner = winners[0] as number;
        won(claims[winner], 1);
        const asked = tellsFingerprint ? leases[winner]?.fingerprint : undefined;
        for (const [i, claim] of claims.entries()) if (i !== winner) held(claim, asked, LONG_MS + coarseMs);
      }
    },
  },
  {
    quotes: 'Someone else is running.',
    behaviour: 'tells how much of the lease is left',
    async check({ connect, time, coarseMs }) {
      const [lock, slot] = [await connect(), newSlot()];
      await lock.acquire(newLease(slot), LONG_MS, LONG_MS);
      await time.pass(2 * coarseMs);
      const claim = await lock.acquire(newLease(slot), LONG_MS, LONG_MS);
      assert.equal(claim.kind, 'held');
      const { leftMs } = claim;
      assert.ok(leftMs <= LONG_MS - coarseMs && leftMs > LONG_MS / 2, `leftMs is ${String(leftMs)}`);
    },
  },
  {
    quotes: '`fingerprint` is what they were asked, absent where the lock cannot tell.',
    behaviour: 'tells the fingerprint of whoever holds the slot now, not of who held it before, at its full 128 characters',
    async check({ connect, tellsFingerprint, time, coarseMs, shortMs }) {
      const [lock, slot] = [await connect(), newSlot()];
      await lock.acquire(newLease(slot), shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const now = { ...newLease(slot), fingerprint: 'f'.repeat(127) + 'E' };
      won(await lock.acquire(now, LONG_MS, LONG_MS), 2);
      held(
        await lock.acquire(newLease(slot), LONG_MS, LONG_MS),
        tellsFingerprint ? now.fingerprint : undefined,
        LONG_MS + coarseMs,
      );
    },
  },
  {
    quotes: 'as a printable digest of at most 128 characters',
    behaviour: 'keeps slots of 128 characters apart that differ in the last one, or in case only',
    async check({ connect }) {
      const lock = await connect();
      const stem = (newSlot() + newSlot() + newSlot() + newSlot()).slice(0, 127);
      for (const slot of [`${stem}a`, `${stem}A`, `${stem}-`, `${stem}=`, stem])
        won(await lock.acquire(newLease(slot), LONG_MS, LONG_MS), 1);
    },
  },
  {
    quotes:
      'The holder that asks again with the same token is told that it won, with the same attempt, and holds for `leaseMs` more.',
    behaviour: 'takes a repeated claim, whose first answer was lost, for the same one',
    async check({ connect, time, coarseMs, shortMs }) {
      const [here, there, slot] = [await connect(), await connect(), newSlot()];
      await here.acquire(newLease(slot), shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const lease = newLease(slot);
      won(await here.acquire(lease, 4 * shortMs, LONG_MS), 2);
      won(await there.acquire(lease, LONG_MS, LONG_MS), 2);
      await time.pass(4 * shortMs + coarseMs);
      assert.equal((await here.acquire(newLease(slot), LONG_MS, LONG_MS)).kind, 'held');
    },
  },
  {
    quotes: '`attempt` is 1 plus the number of earlier leases that lapsed on this slot without a record.',
    behaviour: 'counts each lapse once, however often the slot was asked for in between',
    async check({ connect, time, coarseMs, shortMs }) {
      const [here, there, slot] = [await connect(), await connect(), newSlot()];
      for (const attempt of [1, 2, 3]) {
        won(await here.acquire(newLease(slot), shortMs, LONG_MS), attempt);
        const during = await there.acquire(newLease(newSlot()), shortMs, LONG_MS);
        won(during, 1);
        await time.pass(shortMs + coarseMs);
      }
      const last = newLease(slot);
      won(await there.acquire(last, LONG_MS, LONG_MS), 4);
      await here.acquire(newLease(slot), LONG_MS, LONG_MS);
      won(await here.acquire(last, LONG_MS, LONG_MS), 4);
    },
  },
  {
    quotes: 'That a lease lapsed without a release is remembered for `traceMs`',
    behaviour: 'remembers a lapse for traceMs, and then no longer',
    async check({ connect, time, coarseMs, shortMs }) {
      const [lock, remembered, forgotten] = [await connect(), newSlot(), newSlot()];
      await lock.acquire(newLease(remembered), shortMs, LONG_MS);
      await lock.acquire(newLease(forgotten), shortMs, shortMs);
      await time.pass(2 * (shortMs + coarseMs));
      won(await lock.acquire(newLease(remembered), LONG_MS, LONG_MS), 2);
      won(await lock.acquire(newLease(forgotten), LONG_MS, LONG_MS), 1);
    },
  },
  {
    quotes: "and counted in the next winner's `attempt`",
    behaviour: `lets one of ${CROWD} win a lapsed slot, and only that one carries the count`,
    async check({ crowd, time, coarseMs, shortMs }) {
      const [slot, callers] = [newSlot(), await crowd()];
      await (callers[0] as IdempotencyLock).acquire(newLease(slot), shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const claims = await Promise.all(callers.map(async (lock) => lock.acquire(newLease(slot), LONG_MS, LONG_MS)));
      assert.deepEqual(
        claims.filter(({ kind }) => kind === 'won'),
        [{ kind: 'won', attempt: 2 }],
      );
    },
  },
];
