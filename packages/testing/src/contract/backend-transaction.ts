/** The clauses of a backend that shares a transaction with the application. */
import assert from 'node:assert/strict';
import { type IdempotencyBackend, IdempotencyEndedError, IdempotencyHandlerError } from '@nestjs-idempotency/core';
import { open } from './backend-ground.js';
import type { Clause, Rig } from './case.js';
import { CROWD, LONG_MS, newLease, newRecord, newSlot, type Ground } from './ground.js';
import { sameBytes } from './storage.js';

/** A rig whose application makes effects in the same database. */
export interface TransactionalRig extends Rig<IdempotencyBackend> {
  /** Makes one effect named `name`, in the transaction of the call it is made in, over `backend`'s connections. */
  effect(backend: IdempotencyBackend, name: string): Promise<void>;
  /** How many committed effects have that name. */
  effects(name: string): Promise<number>;
  /** Says COMMIT or ROLLBACK in the transaction of the call it is made in, as a handler might that knows no better. */
  endByHand?(backend: IdempotencyBackend, how: 'COMMIT' | 'ROLLBACK'): Promise<unknown>;
  /** Makes two transactions of the store collide, and gives what the loser was rejected with. */
  conflict?(backend: IdempotencyBackend): Promise<unknown>;
}

/** The ground of the transaction cases. */
export interface TransactionGround extends Ground<IdempotencyBackend> {
  readonly rig: TransactionalRig;
}

/** Thrown by the work of a case. */
const refusal = new Error('the work failed');

function transact<T>(backend: IdempotencyBackend, work: () => Promise<T>): Promise<T> {
  assert.ok(backend.transaction, 'this backend declares a transaction');
  return backend.transaction(work);
}

/** The clauses of `transaction`. */
export const transactionClauses: readonly Clause<TransactionGround>[] = [
  {
    quotes: 'Runs `work` so that its effects and every call of this backend inside it commit or roll back together.',
    behaviour: 'commits effect and record together, and rolls both back together, also after a settle',
    async check({ connect, rig }) {
      const [here, there, kept, lost] = [await connect(), await connect(), newLease(newSlot()), newLease(newSlot())];
      const record = newRecord();
      const outcome = await transact(here, async () => {
        assert.deepEqual((await open(here, kept)).claim, { kind: 'won', attempt: 1 });
        await rig.effect(here, kept.slot);
        assert.deepEqual(await here.settle(kept, record, LONG_MS), { kind: 'saved' });
        assert.equal(await rig.effects(kept.slot), 0, 'the effect was seen before the commit');
        return 'done';
      });
      assert.equal(outcome, 'done');
      assert.equal(await rig.effects(kept.slot), 1);
      const work = async () => {
        await open(here, lost);
        await rig.effect(here, lost.slot);
        await here.settle(lost, newRecord(), LONG_MS);
        throw refusal;
      };
      await assert.rejects(transact(here, work));
      assert.equal(await rig.effects(lost.slot), 0);
      await transact(there, async () => {
        sameBytes((await open(there, newLease(kept.slot))).record, record);
        assert.deepEqual(await open(there, newLease(lost.slot)), { claim: { kind: 'won', attempt: 1 } });
      });
    },
  },
  {
    quotes: 'Rejects with what `work` rejected with, rolled back.',
    behaviour: 'passes the very error on, and undefined too',
    async check({ connect, rig }) {
      const [backend, slot] = [await connect(), newSlot()];
      for (const reason of [refusal, undefined as unknown as Error]) {
        const work = async () => {
          await rig.effect(backend, slot);
          return Promise.reject(reason);
        };
        const outcome = await transact(backend, work).then(
          () => 'resolved',
          (thrown: unknown) => ({ thrown }),
        );
        assert.deepEqual(outcome, { thrown: reason });
        assert.equal(await rig.effects(slot), 0);
      }
    },
  },
  {
    quotes: "There is no lease inside: `renew` says 'kept', release is the end.",
    behaviour: 'says kept inside, and leaves the slot free when the transaction ends',
    async check({ connect }) {
      const [here, there, lease] = [await connect(), await connect(), newLease(newSlot())];
      await transact(here, async () => {
        assert.deepEqual((await open(here, lease)).claim, { kind: 'won', attempt: 1 });
        assert.equal(await here.renew(lease, 1), 'kept');
        const opened = await transact(there, () => open(there, newLease(lease.slot)));
        assert.equal(opened.claim?.kind, 'held', 'the slot was not excluded by the open transaction');
        await here.release(lease);
      });
      await transact(there, async () => {
        assert.deepEqual(await open(there, newLease(lease.slot)), { claim: { kind: 'won', attempt: 1 } });
      });
    },
  },
  {
    quotes: "A record that is missing from a 'won' answer was not there at a moment at which the lease was already held.",
    behaviour: `commits one effect for ${CROWD} concurrent transactions, and gives every later one the record`,
    async check({ crowd, rig }) {
      for (let round = 0; round < 5; round++) {
        const [slot, all, record] = [newSlot(), await crowd(), newRecord()];
        const outcomes = await Promise.all(
          all.map((backend) =>
            transact(backend, async () => {
              const lease = newLease(slot);
              const opened = await open(backend, lease);
              if (opened.record) return sameBytes(opened.record, record);
              if (opened.claim?.kind !== 'won') return;
              await rig.effect(backend, slot);
              assert.deepEqual(await backend.settle(lease, record, LONG_MS), { kind: 'saved' });
            }).then(
              () => 'committed',
              (error: unknown) => error,
            ),
          ),
        );
        assert.deepEqual(
          outcomes,
          outcomes.map(() => 'committed'),
        );
        assert.equal(await rig.effects(slot), 1);
      }
    },
  },
  {
    quotes:
      'When `signal` fires, rejects with its reason at once, whatever `work` does: all is rolled back, and nothing that `work` does from then on is committed.',
    behaviour: 'ends a transaction whose work never ends, and refuses what the work tries afterwards',
    async check({ connect, rig }) {
      const [here, there, lease, over] = [await connect(), await connect(), newLease(newSlot()), new AbortController()];
      let tryLate = (): void => undefined;
      let triedLate: Promise<unknown> = Promise.resolve();
      const work = async (): Promise<never> => {
        await open(here, lease);
        await rig.effect(here, lease.slot);
        const late = new Promise<void>((resolve) => (tryLate = resolve));
        triedLate = late.then(() => rig.effect(here, lease.slot)).catch(() => undefined);
        over.abort(refusal);
        return new Promise(() => undefined);
      };
      assert.ok(here.transaction);
      const outcome = await here.transaction(work, over.signal).catch((error: unknown) => error);
      assert.equal(outcome, refusal);
      tryLate();
      await triedLate;
      const until = Date.now() + 10_000;
      const free = () => transact(there, () => open(there, newLease(lease.slot)));
      while ((await free()).claim?.kind !== 'won') {
        assert.ok(Date.now() < until, 'the slot is still held');
        await new Promise((again) => setTimeout(again, 20));
      }
      assert.equal(await rig.effects(lease.slot), 0);
    },
  },
  {
    quotes:
      'A record is kept only by the transaction in which its slot was opened: where `work` has ended that one itself, a save rejects with an `IdempotencyHandlerError`.',
    behaviour: 'keeps no record of a work that committed or rolled back by hand',
    async check({ connect, rig }) {
      for (const how of ['COMMIT', 'ROLLBACK'] as const) {
        if (!rig.endByHand) return;
        for (const save of ['settle', 'resettle'] as const) {
          const [backend, lease] = [await connect(), newLease(newSlot())];
          const work = async (): Promise<void> => {
            await open(backend, lease);
            await rig.effect(backend, lease.slot);
            await rig.endByHand?.(backend, how);
            await backend[save](lease, newRecord(), LONG_MS);
          };
          await assert.rejects(transact(backend, work), IdempotencyHandlerError, `${save} after ${how}`);
          await transact(backend, async () => {
            assert.deepEqual(await open(backend, newLease(lease.slot)), { claim: { kind: 'won', attempt: 1 } });
          });
        }
      }
    },
  },
  {
    quotes:
      'Where what `work` did may stand, as it committed that one itself, `transaction` rejects with an `IdempotencyEndedError`, however `work` ended.',
    behaviour: 'says that what was committed by hand may stand, also of a work that then fails',
    async check({ connect, rig }) {
      if (!rig.endByHand) return;
      for (const end of ['saves', 'fails'] as const) {
        const [backend, lease] = [await connect(), newLease(newSlot())];
        const work = async (): Promise<void> => {
          await open(backend, lease);
          await rig.effect(backend, lease.slot);
          await rig.endByHand?.(backend, 'COMMIT');
          if (end === 'fails') throw refusal;
          await backend.settle(lease, newRecord(), LONG_MS);
        };
        await assert.rejects(transact(backend, work), IdempotencyEndedError, `a work that ${end}`);
        assert.equal(await rig.effects(lease.slot), 1);
      }
    },
  },
  {
    quotes:
      'Inside a transaction: whether the application has asked for it so far, or cannot help using it; absent where that is not known.',
    behaviour: 'says so once an effect was made in it',
    async check({ connect, rig }) {
      const [backend, lease] = [await connect(), newLease(newSlot())];
      await transact(backend, async () => {
        await open(backend, lease);
        await rig.effect(backend, lease.slot);
        assert.notEqual(backend.joined?.(), false);
      });
    },
  },
  {
    quotes:
      'Whether `error`, thrown inside or by a transaction, says that it lost against another one and may succeed if tried again.',
    behaviour: 'takes an error of the application for no conflict, and the error of a collision for one',
    async check({ connect, rig }) {
      const backend = await connect();
      for (const error of [refusal, new TypeError('conflict'), undefined, null, 'conflict', { code: 'EOTHER' }])
        assert.notEqual(backend.isConflict?.(error), true);
      if (rig.conflict) assert.equal(backend.isConflict?.(await rig.conflict(backend)), true);
    },
  },
];
