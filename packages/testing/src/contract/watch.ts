/** The clauses about watching a slot, for locks and backends alike. */
import assert from 'node:assert/strict';
import type { Lease, Watch } from '@nestjs-idempotency/core';
import type { Clause } from './case.js';
import { LONG_MS, newLease, newSlot, type Ground } from './ground.js';
import { realTime } from './time.js';

interface Watching {
  watch?(slot: string): Watch;
}

/** How the watched thing is claimed and changed. */
export interface Changes<Port> {
  won(port: Port, lease: Lease, leaseMs: number): Promise<boolean>;
  /** What happens to the slot → how to make it happen. */
  readonly changes: Readonly<Record<string, (port: Port, lease: Lease) => Promise<unknown>>>;
}

/** A wake-up may be lost, so one round proves nothing; twenty lost ones in a row do. */
const ROUNDS = 20;

function open(port: Watching, slot: string): Watch {
  assert.ok(port.watch, 'this store declares that it watches');
  return port.watch(slot);
}

const woke = (watch: Watch, withinMs: number): Promise<boolean> =>
  Promise.race([watch.woken.then(() => true), Promise.resolve(realTime.pass(withinMs)).then(() => false)]);

/** The clauses of `Watch`, or the one that says that there is none. */
export function watchClauses<Port extends Watching>(watches: boolean, { won, changes }: Changes<Port>): Clause<Ground<Port>>[] {
  if (!watches) {
    return [
      {
        quotes: 'Absent where the lock cannot push: then waiters poll.',
        behaviour: 'has no watch, as declared',
        check: async ({ connect }) => assert.equal((await connect()).watch, undefined),
      },
    ];
  }
  const waking = Object.entries(changes).map(([what, change]): Clause<Ground<Port>> => ({
    quotes:
      what === 'was released'
        ? 'Wakes the watchers.'
        : 'Settles when the slot was released or its record written, or never: a wake-up may be lost.',
    behaviour: `wakes who watches from another connection when the slot ${what}, and nobody else`,
    async check({ connect }) {
      const [here, there] = [await connect(), await connect()];
      for (let round = 0; round < ROUNDS; round++) {
        const [lease, elsewhere] = [newLease(newSlot()), newSlot()];
        assert.ok(await won(here, lease, LONG_MS));
        const [mine, other] = [open(there, lease.slot), open(there, elsewhere)];
        assert.equal(await won(there, newLease(lease.slot), LONG_MS), false);
        assert.equal(await woke(mine, 0), false, 'woken although nothing happened');
        await change(here, lease);
        const wasWoken = await woke(mine, 500);
        const otherWoken = await woke(other, 0);
        mine.close();
        other.close();
        assert.equal(otherWoken, false, 'woken for another slot');
        if (wasWoken) return;
      }
      assert.fail(`${String(ROUNDS)} wake-ups in a row were lost`);
    },
  }));
  return [
    ...waking,
    {
      quotes: 'Watches a slot from this moment on, without a round trip.',
      behaviour: 'gives the watch at once, and many watches of one slot are woken alike',
      async check({ connect }) {
        const [here, there] = [await connect(), await connect()];
        for (let round = 0; round < ROUNDS; round++) {
          const lease = newLease(newSlot());
          assert.ok(await won(here, lease, LONG_MS));
          const all = Array.from({ length: 10 }, () => open(there, lease.slot));
          for (const watch of all) assert.equal(typeof watch.close, 'function');
          assert.equal(await won(there, newLease(lease.slot), LONG_MS), false);
          const [change] = Object.values(changes);
          await change?.(here, lease);
          const wasWoken = await Promise.all(all.map((watch) => woke(watch, 500)));
          for (const watch of all) watch.close();
          if (wasWoken.every(Boolean)) return;
        }
        assert.fail('the watches of one slot were never woken together');
      },
    },
    {
      quotes: 'Never rejects.',
      behaviour: 'leaves a watch unsettled when it is closed before anything happened',
      async check({ connect }) {
        const [here, lease] = [await connect(), newLease(newSlot())];
        assert.ok(await won(here, lease, LONG_MS));
        const watch = open(here, lease.slot);
        watch.close();
        assert.equal(await woke(watch, 0), false);
      },
    },
    {
      quotes: 'Ends the watch. Must be called once.',
      behaviour: 'wakes nobody who closed the watch, and keeps the others of the same slot',
      async check({ connect }) {
        const [here, there] = [await connect(), await connect()];
        for (let round = 0; round < ROUNDS; round++) {
          const lease = newLease(newSlot());
          assert.ok(await won(here, lease, LONG_MS));
          const [closed, kept] = [open(there, lease.slot), open(there, lease.slot)];
          closed.close();
          assert.equal(await won(there, newLease(lease.slot), LONG_MS), false);
          const [change] = Object.values(changes);
          await change?.(here, lease);
          const wasWoken = await woke(kept, 500);
          kept.close();
          assert.equal(await woke(closed, 0), false, 'a closed watch was woken');
          if (wasWoken) return;
        }
        assert.fail('closing one watch ended the other');
      },
    },
  ];
}
