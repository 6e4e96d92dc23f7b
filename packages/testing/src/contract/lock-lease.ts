/** The clauses of a lock about a lease that was won: when it ends, who prolongs it, who gives it back. */
import assert from 'node:assert/strict';
import type { IdempotencyLock } from '@nestjs-idempotency/core';
import type { Clause } from './case.js';
import { CROWD, LONG_MS, newLease, newSlot } from './ground.js';
import { held, won, type LockGround } from './lock-claim.js';

/** Asks for the slot until it is free, and checks that it was free neither before `notBefore` nor still held when asked after `notAfter`. */
async function freedBetween(
  ground: LockGround,
  lock: IdempotencyLock,
  slot: string,
  notBefore: number,
  notAfter: number,
): Promise<void> {
  for (;;) {
    const askedAt = ground.time.now();
    const claim = await lock.acquire(newLease(slot), LONG_MS, LONG_MS);
    if (claim.kind === 'won') break;
    assert.ok(askedAt < notAfter + ground.coarseMs, 'the lease outlived its time');
    await ground.time.pass(10);
  }
  assert.ok(ground.time.now() >= notBefore - ground.coarseMs, 'the lease ended before its time');
}

/** The clauses of `renew` and `release`. */
export const leaseClauses: readonly Clause<LockGround>[] = [
  {
    quotes: "The lease ends `leaseMs` after the lock granted or last renewed it, by the lock's own clock.",
    behaviour: 'ends a lease that nobody renews after leaseMs',
    async check(ground) {
      const [here, there, slot] = [await ground.connect(), await ground.connect(), newSlot()];
      const asked = ground.time.now();
      await here.acquire(newLease(slot), ground.shortMs, LONG_MS);
      await freedBetween(ground, there, slot, asked + ground.shortMs, ground.time.now() + ground.shortMs);
    },
  },
  {
    quotes: 'Extends the lease to `leaseMs` from now',
    behaviour: 'ends a renewed lease leaseMs after the renewal',
    async check(ground) {
      const [here, there, lease] = [await ground.connect(), await ground.connect(), newLease(newSlot())];
      await here.acquire(lease, ground.shortMs, LONG_MS);
      await ground.time.pass(ground.shortMs / 2);
      const asked = ground.time.now();
      assert.equal(await here.renew(lease, 2 * ground.shortMs), 'kept');
      await freedBetween(ground, there, lease.slot, asked + 2 * ground.shortMs, ground.time.now() + 2 * ground.shortMs);
    },
  },
  {
    quotes: "if `lease` was the last to hold the slot; otherwise changes nothing and says 'lost'",
    behaviour: 'refuses to renew for a stranger, for who was overtaken, for who released, and for who never asked',
    async check(ground) {
      const { connect, time, shortMs, coarseMs } = ground;
      const [lock, slot, overtaken] = [await connect(), newSlot(), newLease(newSlot())];
      assert.equal(await lock.renew(newLease(slot), LONG_MS), 'lost');
      won(await lock.acquire({ ...overtaken, slot }, shortMs, LONG_MS), 1);
      await time.pass(shortMs + coarseMs);
      const holder = newLease(slot);
      const asked = time.now();
      won(await lock.acquire(holder, 2 * shortMs, LONG_MS), 2);
      const granted = time.now();
      assert.equal(await lock.renew({ ...overtaken, slot }, LONG_MS), 'lost');
      assert.equal(await lock.renew({ ...holder, token: newLease(slot).token }, LONG_MS), 'lost');
      await freedBetween(ground, lock, slot, asked + 2 * shortMs, granted + 2 * shortMs);
      assert.equal(await lock.renew(holder, LONG_MS), 'lost');
      const released = newLease(newSlot());
      await lock.acquire(released, LONG_MS, LONG_MS);
      await lock.release(released);
      assert.equal(await lock.renew(released, LONG_MS), 'lost');
      won(await lock.acquire(newLease(released.slot), LONG_MS, LONG_MS), 1);
    },
  },
  {
    quotes: 'A lapsed lease that nobody took is revived, so that a short outage of the store costs no second execution.',
    behaviour: 'revives a lapsed lease: it excludes again, and its lapse does not count',
    async check({ connect, time, shortMs, coarseMs }) {
      const [here, there, lease] = [await connect(), await connect(), newLease(newSlot())];
      won(await here.acquire(lease, shortMs, LONG_MS), 1);
      await time.pass(shortMs + coarseMs);
      const asked = time.now();
      assert.equal(await here.renew(lease, 4 * shortMs), 'kept');
      won(await here.acquire(lease, 4 * shortMs, LONG_MS), 1);
      const claim = await there.acquire(newLease(lease.slot), LONG_MS, LONG_MS);
      if (time.now() < asked + 4 * shortMs - coarseMs) assert.equal(claim.kind, 'held');
      await time.pass(4 * shortMs + coarseMs);
      won(await there.acquire(newLease(lease.slot), LONG_MS, LONG_MS), 2);
    },
  },
  {
    quotes: 'Names this attempt and no other; unguessable, so that nobody else renews or releases.',
    behaviour: `lets either the lapsed holder renew or one of ${CROWD} others take its slot, never both`,
    async check({ crowd, time, shortMs, coarseMs }) {
      for (let round = 0; round < 3; round++) {
        const [lease, others] = [newLease(newSlot()), await crowd()];
        const owner = others[0] as IdempotencyLock;
        await owner.acquire(lease, shortMs, LONG_MS);
        await time.pass(shortMs + coarseMs);
        const ask = (lock: IdempotencyLock) => lock.acquire(newLease(lease.slot), LONG_MS, LONG_MS);
        const half = others.length / 2;
        const early = others.slice(0, half).map(ask);
        const renewed = owner.renew(lease, LONG_MS);
        const claims = await Promise.all([...early, ...others.slice(half).map(ask)]);
        const winners = claims.filter(({ kind }) => kind === 'won').length;
        assert.equal(winners, (await renewed) === 'kept' ? 0 : 1);
      }
    },
  },
  {
    quotes: 'The same object asks, renews and releases.',
    behaviour: 'knows a lease by what is in it, whichever connection it comes over',
    async check({ connect }) {
      const [here, there, lease] = [await connect(), await connect(), newLease(newSlot())];
      won(await here.acquire(lease, LONG_MS, LONG_MS), 1);
      assert.equal(await there.renew({ ...lease }, LONG_MS), 'kept');
      await there.release({ ...lease });
      won(await here.acquire(newLease(lease.slot), LONG_MS, LONG_MS), 1);
    },
  },
  {
    quotes: 'Frees the slot at once and forgets its lapses if `lease` was the last to hold it',
    behaviour: 'frees the slot for a first attempt, also when the lease had lapsed meanwhile',
    async check({ connect, time, shortMs, coarseMs }) {
      const [lock, slot] = [await connect(), newSlot()];
      await lock.acquire(newLease(slot), shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const second = newLease(slot);
      won(await lock.acquire(second, LONG_MS, LONG_MS), 2);
      await lock.release(second);
      const third = newLease(slot);
      won(await lock.acquire(third, shortMs, LONG_MS), 1);
      await time.pass(shortMs + coarseMs);
      await lock.release(third);
      won(await lock.acquire(newLease(slot), LONG_MS, LONG_MS), 1);
    },
  },
  {
    quotes: 'otherwise changes nothing.',
    behaviour: 'ignores a release by a stranger, by who was overtaken, and a second one',
    async check({ connect, time, shortMs, coarseMs, tellsFingerprint }) {
      const [lock, overtaken] = [await connect(), newLease(newSlot())];
      await lock.release(overtaken);
      await lock.acquire(overtaken, shortMs, LONG_MS);
      await time.pass(shortMs + coarseMs);
      const holder = newLease(overtaken.slot);
      won(await lock.acquire(holder, LONG_MS, LONG_MS), 2);
      await lock.release(overtaken);
      await lock.release({ ...holder, token: newLease(holder.slot).token });
      held(
        await lock.acquire(newLease(holder.slot), LONG_MS, LONG_MS),
        tellsFingerprint ? holder.fingerprint : undefined,
        LONG_MS + coarseMs,
      );
      assert.equal(await lock.renew(holder, LONG_MS), 'kept');
      await lock.release(holder);
      const next = newLease(holder.slot);
      won(await lock.acquire(next, LONG_MS, LONG_MS), 1);
      await lock.release(holder);
      assert.equal(await lock.renew(next, LONG_MS), 'kept');
    },
  },
];
