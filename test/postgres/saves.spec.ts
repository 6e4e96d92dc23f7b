/** What a save takes and promises: one statement where the slot is as it nearly always is, and the same outcome as ever where it is not. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Lease } from '@nestjs-idempotency/core';
import { currentTransaction, fromPool, PostgresBackend, type SqlClient, type SqlSource } from '@nestjs-idempotency/postgres';
import type pg from 'pg';
import { counting } from './counting.js';
import { gate } from './gate.js';
import { layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const LONG_MS = 60_000;
const SAVED = { kind: 'saved' };
const WON = { claim: { kind: 'won', attempt: 1 } };
const other = new Uint8Array([1, 2, 3]);
const taken = (by: Uint8Array) => ({ kind: 'taken', record: Buffer.from(by) });

let ground: PostgresGround;
let pool: pg.Pool;
/** Another process. */
let there: PostgresBackend;
beforeAll(async () => {
  ground = await layGround();
  pool = ground.pool({ max: 20 });
  there = backendOn(fromPool(pool));
});
afterAll(() => ground.stop());

function backendOn(source: SqlSource): PostgresBackend {
  const backend = new PostgresBackend(source, { purgeEveryMs: false });
  ground.closing(() => backend.close());
  return backend;
}

const tx = (): pg.PoolClient => currentTransaction<pg.PoolClient>();
const open = (of: PostgresBackend, lease: Lease) => of.open(lease, LONG_MS, LONG_MS);
const settle = (of: PostgresBackend, lease: Lease, kept = record) => of.settle(lease, kept, LONG_MS);
const kept = async (slot: string) => (await open(there, newLease(slot))).record;
/** As somebody does it at the same time. */
const elsewhere = <T>(work: () => Promise<T>): Promise<T> => there.transaction(work);
const forget = (): Promise<unknown> => ground.outside.query('DELETE FROM idempotency');

/** `source`, where `does` is done before each statement that begins with `start`. */
function before(start: string, does: () => Promise<unknown>, source: SqlSource): SqlSource {
  const doing = (sql: SqlClient): SqlClient => ({
    async query(text, values) {
      if (text.startsWith(start)) await does();
      return sql.query(text, values);
    },
  });
  return { ...doing(source), transaction: (work) => source.transaction((sql, given) => work(doing(sql), given)) };
}
const WHOLE = 'WITH saved';

/** Opens and saves in one transaction, `during` between; gives what came of it, and how many statements the save took. */
async function transactional(lease: Lease, during: () => Promise<unknown> = () => Promise.resolve()) {
  const { source, counted } = counting(fromPool(pool));
  const backend = backendOn(source);
  return backend.transaction(async () => {
    expect(await open(backend, lease)).toEqual(WON);
    await during();
    counted();
    const saved = await settle(backend, lease);
    return { saved, statements: counted().statements };
  });
}

describe('in a transaction', () => {
  it('is one statement where the slot has no row', async () => {
    const lease = newLease();
    expect(await transactional(lease)).toEqual({ saved: SAVED, statements: 1 });
    expect(await kept(lease.slot)).toEqual(Buffer.from(record));
  });

  it('replaces a record that has expired, and a lease that has lapsed and must not be renewed', async () => {
    for (const leave of [(lease: Lease) => there.settle(lease, other, 1), (lease: Lease) => there.open(lease, 1, 1)]) {
      const before = newLease();
      await leave(before);
      const lease = newLease(before.slot);
      await until(async () => (await elsewhere(() => open(there, newLease(before.slot)))).claim?.kind === 'won');
      expect(await transactional(lease)).toEqual({ saved: SAVED, statements: 2 });
      expect(await there.renew(before, LONG_MS)).toBe('lost');
      expect(await kept(lease.slot)).toEqual(Buffer.from(record));
    }
  });

  it('saves where the row that stood there was purged, before it or in the midst of it', async () => {
    for (const start of ['INSERT', WHOLE]) {
      const lease = newLease();
      await there.settle(newLease(lease.slot), other, 1);
      const backend = backendOn(before(start, forget, fromPool(pool)));
      await until(async () => (await elsewhere(() => open(there, newLease(lease.slot)))).claim?.kind === 'won');
      expect(await backend.transaction(() => settle(backend, lease))).toEqual(SAVED);
      expect(await kept(lease.slot)).toEqual(Buffer.from(record));
    }
  });

  it('tells the record of who was faster, by two statements, and that of its own where it is asked again', async () => {
    const [lease, again] = [newLease(), newLease()];
    const told = await transactional(lease, () => elsewhere(() => settle(there, newLease(lease.slot), other)));
    expect(told).toEqual({ saved: taken(other), statements: 2 });
    await elsewhere(async () => {
      await open(there, again);
      expect(await settle(there, again)).toEqual(SAVED);
      expect(await settle(there, again, other)).toEqual(taken(record));
    });
    expect(await kept(again.slot)).toEqual(Buffer.from(record));
  });

  it.each([
    ['commits', taken(other)],
    ['rolls back', SAVED],
  ] as const)('waits for who is saving, and is told what came of it: it %s', async (end, told) => {
    const lease = newLease();
    const [saving, ending] = [gate(), gate()];
    const first = there.transaction(async () => {
      await settle(there, newLease(lease.slot), other);
      saving.open();
      await ending.passed;
      if (end === 'rolls back') throw new Error('undone');
    });
    await saving.passed;
    const second = there.transaction(() => settle(there, lease));
    const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO "public"."idempotency"%'
      AND pid <> pg_backend_pid()`;
    await until(async () => (await ground.outside.query(waits)).rows.length > 0);
    ending.open();
    await (end === 'commits' ? first : expect(first).rejects.toThrow('undone'));
    expect(await second).toEqual(told);
  });

  it.each(['REPEATABLE READ', 'SERIALIZABLE'])('is a conflict under %s where the first record cannot be seen', async (level) => {
    const strict = backendOn(fromPool(pool, { begin: `BEGIN ISOLATION LEVEL ${level}` }));
    for (const first of [
      (lease: Lease) => settle(there, lease, other),
      // One that has expired is as little to be seen as any other.
      (lease: Lease) => there.settle(lease, other, 1),
    ]) {
      const lease = newLease();
      const work = strict.transaction(async () => {
        await tx().query('SELECT 1');
        await elsewhere(() => first(newLease(lease.slot)));
        await tx().query('INSERT INTO effects (name) VALUES ($1)', [lease.slot]);
        await settle(strict, lease);
      });
      const error: unknown = await work.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: '40001' });
      expect(strict.isConflict(error)).toBe(true);
      expect(await ground.effects(lease.slot)).toBe(0);
    }
  });

  it('is committed from a savepoint that was left open, and undone and made again behind one that was undone', async () => {
    const [lease, undone] = [newLease(), newLease()];
    expect(await transactional(lease, () => tx().query('SAVEPOINT own'))).toEqual({ saved: SAVED, statements: 1 });
    expect(await kept(lease.slot)).toEqual(Buffer.from(record));

    await elsewhere(async () => {
      await open(there, undone);
      await tx().query('SAVEPOINT own');
      expect(await settle(there, undone, other)).toEqual(SAVED);
      await tx().query('ROLLBACK TO SAVEPOINT own');
      expect(await settle(there, undone)).toEqual(SAVED);
    });
    expect(await kept(undone.slot)).toEqual(Buffer.from(record));
  });
});

describe('by a lease', () => {
  /** Saves by a backend of its own; gives what came of it, and how many statements it took. */
  async function leased(lease: Lease) {
    const { source, counted } = counting(fromPool(pool));
    return { saved: await settle(backendOn(source), lease), statements: counted().statements };
  }

  it('is one statement where the lease stands, lapsed or not, also over a record that has expired', async () => {
    for (const leaseMs of [LONG_MS, 1]) {
      const lease = newLease();
      await there.settle(lease, other, 1);
      await until(async () => (await there.open(lease, leaseMs, LONG_MS)).claim?.kind === 'won');
      expect(await leased(lease)).toEqual({ saved: SAVED, statements: 1 });
      expect(await there.renew(lease, LONG_MS)).toBe('lost');
      expect(await kept(lease.slot)).toEqual(Buffer.from(record));
    }
  });

  it('saves also where its row was purged', async () => {
    const lease = newLease();
    await there.open(lease, 1, 1);
    await forget();
    expect(await leased(lease)).toEqual({ saved: SAVED, statements: 2 });
    expect(await kept(lease.slot)).toEqual(Buffer.from(record));
  });

  it('leaves a record that stands, and ends the lease', async () => {
    const lease = newLease();
    await settle(there, newLease(lease.slot), other);
    await there.open(lease, LONG_MS, LONG_MS, true);
    expect(await leased(lease)).toEqual({ saved: taken(other), statements: 2 });
    expect(await there.renew(lease, LONG_MS)).toBe('lost');
  });

  it('lets one of many save under SERIALIZABLE, and tells all others who did', async () => {
    const strict = ground.pool({ max: 10, options: '-c default_transaction_isolation=serializable' });
    const backend = backendOn(fromPool(strict));
    const lease = newLease();
    await open(backend, lease);
    const told = await Promise.all(Array.from({ length: 10 }, () => settle(backend, lease)));
    expect(told.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
    expect(told.filter(({ kind }) => kind === 'taken')).toHaveLength(9);
  });
});
