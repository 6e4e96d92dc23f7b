/** The request's own transaction at its hard moments: what is seen, what is undone, what is said. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Lease } from '@nestjs-idempotency/core';
import { currentTransaction, currentTransactionIfAny, fromPool, namesOf, PostgresBackend } from '@nestjs-idempotency/postgres';
import type pg from 'pg';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';
import { gate } from './gate.js';
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const LONG_MS = 60_000;
let ground: PostgresGround;
let pool: pg.Pool;
let backend: PostgresBackend;

beforeAll(async () => {
  ground = await layGround();
  pool = ground.pool({ max: 20 });
  backend = new PostgresBackend(fromPool(pool));
});
afterAll(async () => {
  await backend.close();
  await ground.stop();
});

const tx = (): pg.PoolClient => currentTransaction<pg.PoolClient>();
const effect = (name: string): Promise<unknown> => tx().query('INSERT INTO effects (name) VALUES ($1)', [name]);
const open = (lease: Lease, of = backend) => of.open(lease, LONG_MS, LONG_MS);

describe('the look after the lock', () => {
  it('sees what was committed after the statement had begun and before it had the lock', async () => {
    const lease = newLease();
    const [blocked, committing] = [gate(), gate()];
    const holder = backend.transaction(async () => {
      await open(lease);
      await backend.settle(lease, record, LONG_MS);
      blocked.open();
      await committing.passed;
    });
    await blocked.passed;

    const guard = await pool.connect();
    await guard.query('SELECT pg_advisory_lock(42)');
    const late = await pool.connect();
    await late.query('BEGIN');
    // The statement's snapshot is taken before it waits; the function behind the wait must not be bound to it.
    const slot = namesOf().of('open');
    const keys = await statementKeys(lease);
    const asked = late.query(
      `SELECT o.outcome, o.kept FROM (SELECT pg_advisory_xact_lock(42)) AS waited,
        LATERAL ${slot}($1::bytea, $2::bigint, $3::integer, $4::integer, false) AS o`,
      keys,
    );
    await untilWaiting();
    committing.open();
    await holder;
    await guard.query('SELECT pg_advisory_unlock(42)');
    const { rows } = await asked;
    await late.query('ROLLBACK');
    late.release();
    guard.release();
    expect(rows).toEqual([{ outcome: 'kept', kept: Buffer.from(record) }]);
  });

  it('never lets one of many that ask while the holder commits win without its record', async () => {
    for (let round = 0; round < 40; round++) {
      const lease = newLease();
      const started = gate();
      const holder = backend.transaction(async () => {
        await open(lease);
        started.open();
        await backend.settle(lease, record, LONG_MS);
      });
      await started.passed;
      const found = await Promise.all(Array.from({ length: 10 }, () => backend.transaction(() => open(newLease(lease.slot)))));
      await holder;
      for (const opened of found) expect(opened.claim?.kind).not.toBe('won');
    }
  });
});

describe('while a transaction runs', () => {
  it('tells one who asks something else under the slot apart from one who asks the same', async () => {
    const lease = newLease();
    await backend.transaction(async () => {
      await open(lease);
      const [same, other] = await Promise.all([
        apart(() => open({ ...newLease(lease.slot), fingerprint: lease.fingerprint })),
        apart(() => open(newLease(lease.slot))),
      ]);
      expect(same.claim).toEqual({ kind: 'held', leftMs: 1_000 });
      expect(other.claim).toEqual({ kind: 'held', leftMs: 1_000, fingerprint: 'another' });
    });
  });

  it('frees the slot at once when its connection dies', async () => {
    const lease = newLease();
    const killed = backend.transaction(async () => {
      await open(lease);
      await effect(lease.slot);
      const { rows } = await tx().query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await ground.outside.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await backend.settle(lease, record, LONG_MS);
    });
    await expect(killed).rejects.toThrow();
    expect(await backend.transaction(() => open(newLease(lease.slot)))).toEqual({ claim: { kind: 'won', attempt: 1 } });
    expect(await ground.effects(lease.slot)).toBe(0);
  });

  it('respects a lease that a plain route took before', async () => {
    const lease = newLease();
    await open(lease);
    const { claim } = await backend.transaction(() => open(newLease(lease.slot)));
    expect(claim).toMatchObject({ kind: 'held', fingerprint: lease.fingerprint });
    expect(claim?.kind === 'held' && claim.leftMs).toBeGreaterThan(LONG_MS - 10_000);
  });
});

describe('a plain holder that comes late', () => {
  it('leaves the record of a transaction that took its slot', async () => {
    const late = newLease();
    await backend.open(late, 1, LONG_MS, true);
    await until(async () => {
      const taken = await backend.transaction(async () => {
        const lease = newLease(late.slot);
        const { claim } = await backend.open(lease, LONG_MS, LONG_MS, true);
        if (claim?.kind === 'won') await backend.resettle(lease, record, LONG_MS);
        return claim?.kind === 'won';
      });
      return taken;
    });
    const told = { kind: 'taken', record: Buffer.from(record) };
    expect(await backend.renew(late, LONG_MS)).toBe('lost');
    expect(await backend.resettle(late, new Uint8Array([1]), LONG_MS)).toEqual(told);
    expect(await backend.settle(late, new Uint8Array([1]), LONG_MS)).toEqual(told);
  });
});

describe('a second execution', () => {
  it('is told the first record, to be rolled back', async () => {
    const lease = newLease();
    await backend.transaction(async () => {
      await open(lease);
      await apart(() => backend.settle(newLease(lease.slot), record, LONG_MS));
      expect(await backend.settle(lease, new Uint8Array([1]), LONG_MS)).toEqual({ kind: 'taken', record: Buffer.from(record) });
    });
  });

  it('is a conflict under REPEATABLE READ, where the first record cannot be seen', async () => {
    const strict = new PostgresBackend(fromPool(pool, { begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ' }), {
      purgeEveryMs: false,
    });
    const lease = newLease();
    const error: unknown = await strict
      .transaction(async () => {
        await tx().query('SELECT 1');
        await apart(() => backend.settle(newLease(lease.slot), record, LONG_MS));
        await effect(lease.slot);
        await strict.settle(lease, record, LONG_MS);
      })
      .catch((thrown: unknown) => thrown);
    expect(strict.isConflict(error)).toBe(true);
    expect(await ground.effects(lease.slot)).toBe(0);
  });
});

describe('errors', () => {
  it('says what happened when the handler caught an error that had aborted the transaction', async () => {
    const lease = newLease();
    const done = backend.transaction(async () => {
      await open(lease);
      await tx()
        .query('SELECT 1/0')
        .catch(() => undefined);
      await backend.settle(lease, record, LONG_MS);
    });
    await expect(done).rejects.toThrow('A database error in the handler was caught, but it had aborted the transaction');
  });

  it('does not take a COMMIT that Postgres answered by a rollback for one', async () => {
    const name = fresh();
    const done = backend.transaction(async () => {
      await effect(name);
      await tx()
        .query('SELECT 1/0')
        .catch(() => undefined);
    });
    await expect(done).rejects.toThrow('so nothing was kept');
    expect(await ground.effects(name)).toBe(0);
  });

  it('knows a deadlock and a lock timeout as conflicts', async () => {
    await ground.outside.query('CREATE TABLE accounts (id int PRIMARY KEY); INSERT INTO accounts VALUES (1), (2)');
    const [one, two] = [gate(), gate()];
    const lock = (id: number) => tx().query('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', [id]);
    const crossing = (first: number, then: number, mine: typeof one, theirs: typeof one) =>
      backend.transaction(async () => {
        await lock(first);
        mine.open();
        await theirs.passed;
        await lock(then);
      });
    const outcomes = await Promise.allSettled([crossing(1, 2, one, two), crossing(2, 1, two, one)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: '40P01' });
    expect(backend.isConflict(lost?.reason)).toBe(true);

    const impatient: unknown = await backend
      .transaction(async () => {
        await lock(1);
        await apart(async () => {
          await tx().query("SET LOCAL lock_timeout = '50ms'");
          await lock(1);
        });
      })
      .catch((thrown: unknown) => thrown);
    expect(impatient).toMatchObject({ code: '55P03' });
    expect(backend.isConflict(impatient)).toBe(true);
  });

  it('refuses the transaction to those who ask for it outside, or too late', async () => {
    expect(() => currentTransaction()).toThrow('There is no idempotency transaction here');
    expect(currentTransactionIfAny()).toBeUndefined();
    const after = gate();
    let late: Promise<unknown> = Promise.resolve();
    await backend.transaction(async () => {
      late = after.passed.then(() => currentTransaction());
      await tx().query('SELECT 1');
    });
    after.open();
    await expect(late).rejects.toThrow('is over: await all work before the handler ends');
  });
});

/** Runs `work` in another transaction, outside of the one that the caller is in. */
function apart<T>(work: () => Promise<T>): Promise<T> {
  return backend.transaction(work);
}

/** The parameters of the function, as the backend computes them, taken from the wire. */
async function statementKeys(lease: Lease): Promise<unknown[]> {
  let keys: readonly unknown[] = [];
  const held = { record: null, outcome: 'running', holder: null, remaining: null, xact: null, pid: null };
  const spy = new PostgresBackend(
    {
      query: () => Promise.reject(new Error('not asked')),
      transaction: (work) => work({ query: (_text, values) => ((keys = values), Promise.resolve({ rows: [held] })) }, undefined),
    },
    { purgeEveryMs: false },
  );
  await spy.transaction(() => spy.open(lease, LONG_MS, LONG_MS));
  return keys.slice(0, 4);
}

function untilWaiting(): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%LATERAL%idempotency_open%' AND pid <> pg_backend_pid()`;
  return until(async () => (await ground.outside.query(waiting)).rows.length > 0);
}
