/** A pool that has nothing to give: said clearly, in time, and nothing runs afterwards. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import type pg from 'pg';
import { connectionUnder, guardPoolOf } from '../../packages/postgres/src/mikro-orm-connection.js';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { newLease } from './tools/collision.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
let pool: pg.Pool;
beforeAll(async () => {
  ground = await layGround();
  pool = ground.pool({ max: 1 });
});
afterAll(() => ground.stop());

it('refuses a transactional request after startMs, and never runs it when a connection comes late', async () => {
  const backend = new PostgresBackend(fromPool(pool), { startMs: 50, purgeEveryMs: false });
  const taken = await pool.connect();
  let hasRun = false;
  const late = backend.transaction(async () => {
    hasRun = true;
  });
  await expect(late).rejects.toThrow(IdempotencyUnavailableError);
  await expect(late).rejects.toThrow('No transaction could begin within 50 ms: the pool has no connection to spare');
  taken.release();
  // The pool serves in turn: when this one is served, the late one has been.
  await pool.query('SELECT 1');
  expect(hasRun).toBe(false);
});

it('refuses a plain request after timeoutMs', async () => {
  const backend = new PostgresBackend(fromPool(pool), { timeoutMs: 50, purgeEveryMs: false });
  const taken = await pool.connect();
  await expect(backend.open(newLease(), 1_000, 1_000)).rejects.toThrow(
    'Postgres did not answer within 50 ms: it is down or slow, or the pool has no connection to spare.',
  );
  taken.release();
});

it('gives connections back whatever happened in the transaction', async () => {
  const backend = new PostgresBackend(fromPool(pool), { purgeEveryMs: false });
  for (let round = 0; round < 5; round++) {
    await expect(backend.transaction(() => Promise.reject(new Error(fresh())))).rejects.toThrow();
    await backend.transaction(() => Promise.resolve());
  }
  expect({ total: pool.totalCount, idle: pool.idleCount }).toEqual({ total: 1, idle: 1 });
});

it.each([{ startMs: 0 }, { startMs: Number.NaN }, { timeoutMs: -1 }, { purgeEveryMs: 2 ** 31 }, { purgeEveryMs: 0 }])(
  'refuses %j at construction, naming the option',
  (options) => {
    expect(() => new PostgresBackend(fromPool(pool), options)).toThrow(`\`${Object.keys(options)[0] ?? ''}\``);
  },
);

it('finds the connection under a transaction of MikroORM 7, and gives back for it one that ended and was forgotten', async () => {
  const own = ground.pool({ max: 1 });
  const pooled = { getNativeClient: () => Promise.resolve(own) };
  await guardPoolOf(pooled);
  const forgotten = await own.connect();
  const { rows } = await forgotten.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = rows[0]?.pid;
  expect(await connectionUnder(pooled, {}, pid)).toBe(forgotten);
  await ground.outside.query('SELECT pg_terminate_backend($1)', [pid]);
  await own.query('SELECT 1');
  expect(await connectionUnder(pooled, {}, pid)).toBeUndefined();
});

it('refuses a MikroORM whose pool it cannot guard', async () => {
  await expect(guardPoolOf({})).rejects.toThrow(
    'this MikroORM does not show its pool, which it does in version 6, and from 7.2 on',
  );
});
