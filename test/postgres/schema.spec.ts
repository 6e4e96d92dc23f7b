/** The schema: made once by any number at once, under any name, and purged a little at a time. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fromPool, migrate, namesOf, PostgresBackend, purge, SCHEMA_VERSION, schemaSteps } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());

describe('migrate', () => {
  it('is safe from eight connections at once, also where the schema itself is missing, and again afterwards', async () => {
    for (let round = 0; round < 5; round++) {
      const names = { schema: `own_${fresh().slice(0, 8)}`, table: 'Keys' };
      const sources = Array.from({ length: 8 }, () => fromPool(ground.pool({ max: 1 })));
      await Promise.all(sources.map((source) => migrate(source, names)));
      await migrate(sources[0] ?? fromPool(ground.outside), names);
      const { rows } = await ground.outside.query(`SELECT version FROM "${names.schema}"."Keys_schema"`);
      expect(rows).toEqual([{ version: SCHEMA_VERSION }]);
      const backend = new PostgresBackend(fromPool(ground.outside), { ...names, purgeEveryMs: false });
      const lease = newLease();
      expect(await backend.open(lease, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
      await backend.transaction(async () => expect((await backend.open(newLease(lease.slot), 1, 1)).claim?.kind).toBe('held'));
      expect(await backend.settle(lease, record, 1_000)).toEqual({ kind: 'saved' });
    }
  });

  it('gives its steps as statements, and its files run as they are', async () => {
    const url = await ground.server.database();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(readFileSync(new URL('../../packages/postgres/sql/001_slots.sql', import.meta.url), 'utf8'));
    const { rows } = await client.query(
      "SELECT relname, relpersistence FROM pg_class WHERE relname LIKE 'idempotency%' ORDER BY 1",
    );
    expect(rows).toEqual([
      { relname: 'idempotency', relpersistence: 'p' },
      { relname: 'idempotency_pkey', relpersistence: 'p' },
      { relname: 'idempotency_purge', relpersistence: 'p' },
    ]);
    await client.query('CREATE SCHEMA other');
    for (const { statements } of schemaSteps({ schema: 'other', table: 'kept' }))
      for (const statement of statements) await client.query(statement, []);
    expect((await client.query("SELECT to_regclass('other.kept') IS NOT NULL AS is_there")).rows).toEqual([{ is_there: true }]);
    await client.end();
  });
});

describe('at start-up', () => {
  const check = (url: string, table = 'idempotency') =>
    new PostgresBackend(fromPool(ground.pool({ connectionString: url })), { table, purgeEveryMs: false }).check();

  it('refuses a database without the table, and one of an older version', async () => {
    await expect(check(ground.url, 'absent')).rejects.toThrow('there is no table "public"."absent". Run migrate()');
    await migrate(fromPool(ground.outside), { table: 'older' });
    await ground.outside.query('DELETE FROM older_schema');
    await expect(check(ground.url, 'older')).rejects.toThrow(`is of version 0, but ${SCHEMA_VERSION} is needed. Run migrate().`);
  });

  it('refuses a connection that cannot write', async () => {
    const url = `${ground.url}?options=-c%20default_transaction_read_only%3Don`;
    await expect(check(url)).rejects.toThrow('read-only or goes to a replica. Idempotency needs the primary.');
  });

  it('warns of a table and of commits that a crash of the server loses', async () => {
    await migrate(fromPool(ground.outside), { table: 'risky' });
    await ground.outside.query('ALTER TABLE risky SET UNLOGGED');
    const warnings = await check(`${ground.url}?options=-c%20synchronous_commit%3Doff`, 'risky');
    expect(warnings).toContainEqual(expect.stringContaining('synchronous_commit is off'));
    expect(warnings).toContainEqual('"public"."risky" is unlogged: a crash of the server empties it. SET LOGGED.');
  });
});

describe('purge', () => {
  it('deletes what is over in batches, and neither live records, nor leases, nor traces of lapses', async () => {
    await migrate(fromPool(ground.outside), { table: 'purged' });
    const backend = new PostgresBackend(fromPool(ground.outside), { table: 'purged', purgeEveryMs: false });
    const names = namesOf({ table: 'purged' });
    const kept = [newLease(), newLease(), newLease(), newLease()] as const;
    await backend.settle(kept[0], record, 60_000);
    await backend.open(kept[1], 60_000, 60_000);
    await backend.open(kept[2], 1, 60_000);
    await backend.open(kept[3], 1, 1);
    for (let i = 0; i < 25; i++) await backend.settle(newLease(), record, 1);
    // A renewal does not move the date after which a row may be purged, so the purge has to look at the lease itself.
    expect(await backend.renew(kept[3], 60_000)).toBe('kept');
    await ground.outside.query('SELECT pg_sleep(0.01)');
    const sql = fromPool(ground.outside);
    const purged = [
      await purge(sql, names, 10),
      await purge(sql, names, 10),
      await purge(sql, names, 10),
      await purge(sql, names),
    ];
    expect(purged).toEqual([10, 10, 5, 0]);
    const { rows } = await ground.outside.query('SELECT count(*)::int AS count FROM purged');
    expect(rows).toEqual([{ count: 4 }]);
    expect(await backend.open(newLease(kept[2].slot), 60_000, 60_000)).toEqual({ claim: { kind: 'won', attempt: 2 } });
  });

  it('leaves the turn to who has it', async () => {
    const names = namesOf();
    await fromPool(ground.outside).transaction(async (sql) => {
      expect(await purge(sql, names)).toBe(0);
      expect(await purge(fromPool(ground.outside), names)).toBeUndefined();
    });
  });

  it('runs by itself, and says when it cannot', async () => {
    await migrate(fromPool(ground.outside), { table: 'automatic' });
    const backend = new PostgresBackend(fromPool(ground.outside), { table: 'automatic', purgeEveryMs: 20 });
    await backend.settle(newLease(), record, 1);
    const rows = async () => (await ground.outside.query('SELECT 1 FROM automatic')).rows.length;
    await until(async () => (await rows()) === 0);
    await backend.close();
    const told = await new Promise((onPurgeError) => {
      const failing = new PostgresBackend(fromPool(ground.outside), { table: 'absent', purgeEveryMs: 20, onPurgeError });
      ground.closing(() => failing.close());
    });
    expect(told).toMatchObject({ code: '42P01' });
  });
});
