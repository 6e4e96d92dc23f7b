/** What is refused as a source because requests at once would share a connection, or because it is not what its name says. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromTransactionHost } from '@nestjs-idempotency/postgres/cls-transactional';
import { clientOf, fromDrizzle, joining } from '@nestjs-idempotency/postgres/drizzle';
import { fromKnex } from '@nestjs-idempotency/postgres/knex';
import { fromKysely } from '@nestjs-idempotency/postgres/kysely';
import { fromPool } from '@nestjs-idempotency/postgres/pg';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOfAnother } from 'drizzle-orm/pg-proxy';
import createKnex from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { layGround, type PostgresGround } from './ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());

const SHARED = 'is one connection, on which the transactions of requests at once would run into one another.';

it('refuses a client of pg, connected by itself or of a pool, where a pool is wanted', async () => {
  const [client, pool] = [new pg.Client(), ground.pool()];
  const lent = await pool.connect();
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  for (const one of [client, lent]) {
    expect(() => fromPool(one as never)).toThrow(`a client of \`pg\` ${SHARED} Give a Pool: fromPool(new Pool({ … })).`);
    expect(() => fromDrizzle(drizzle(one))).toThrow(`${SHARED} Give Drizzle a Pool: drizzle(new Pool({ … })).`);
    expect(() => fromKysely(db, { pool: one })).toThrow(`${SHARED} Give a Pool, to the dialect and here.`);
  }
  lent.release();
});

it('refuses a database of Drizzle over a client also where it is found by a TransactionHost', async () => {
  const host = {
    tx: drizzle(new pg.Client()),
    isTransactionActive: () => false,
    withTransaction: () => Promise.reject(new Error()),
  };
  const backend = new PostgresBackend(fromTransactionHost<NodePgDatabase>(host, clientOf), { purgeEveryMs: false });
  await expect(backend.check()).rejects.toThrow(SHARED);
});

it('refuses a transaction of a tool in the place of the tool', async () => {
  const pool = ground.pool();
  const knex = createKnex({ client: 'pg', connection: ground.url });
  ground.closing(() => knex.destroy());
  await drizzle(pool).transaction(async (tx) => expect(() => fromDrizzle(tx as never)).toThrow(SHARED));
  await knex.transaction(async (trx) => expect(() => fromKnex(trx)).toThrow(SHARED));
  await new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    .transaction()
    .execute(async (trx) => expect(() => fromKysely(trx, { pool })).toThrow(SHARED));
});

it('refuses a database of Drizzle on another driver, and says which one is wanted', () => {
  const wanted = 'is not over a Pool of `pg`. Give one of drizzle-orm/node-postgres: drizzle(new Pool({ … })).';
  expect(() => fromDrizzle(drizzleOfAnother(() => Promise.resolve({ rows: [] })) as never)).toThrow(wanted);
});

it('takes a pool, and what joining made of it', async () => {
  const db = drizzle(ground.pool());
  for (const source of [fromDrizzle(db), fromDrizzle(joining(db)), fromDrizzle(joining(joining(db)))]) {
    const backend = new PostgresBackend(source, { purgeEveryMs: false });
    await expect(backend.check()).resolves.toBeInstanceOf(Array);
  }
});
