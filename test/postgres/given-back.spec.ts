/** A connection that goes back to its pool while another request waits for one: who waits never pays for what became of it. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { currentTransaction, PostgresBackend, type SqlSource } from '@nestjs-idempotency/postgres';
import { fromDrizzle } from '@nestjs-idempotency/postgres/drizzle';
import { fromKnex } from '@nestjs-idempotency/postgres/knex';
import { fromEntityManager } from '@nestjs-idempotency/postgres/mikro-orm';
import { fromPool } from '@nestjs-idempotency/postgres/pg';
import { fromDataSource } from '@nestjs-idempotency/postgres/typeorm';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import createKnex, { type Knex } from 'knex';
import type pg from 'pg';
import { DataSource, type EntityManager as Manager } from 'typeorm';
import { gate } from './gate.js';
import { fresh, layGround, type PostgresGround } from './ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
  await ground.outside.query('CREATE TABLE once (name text, UNIQUE (name) DEFERRABLE INITIALLY DEFERRED)');
});
afterAll(() => ground.stop());

interface Opened {
  readonly source: SqlSource;
  say(statement: string): Promise<unknown>;
}

/** Each with a pool of one connection. Kysely and Prisma show theirs only when a slot was opened on it, or not at all. */
const tools: readonly (readonly [string, () => Promise<Opened>])[] = [
  [
    'pg',
    () =>
      Promise.resolve({
        source: fromPool(ground.pool({ max: 1 })),
        say: (statement) => currentTransaction<pg.PoolClient>().query(statement),
      }),
  ],
  [
    'TypeORM',
    async () => {
      const dataSource = await new DataSource({ type: 'postgres', url: ground.url, poolSize: 1 }).initialize();
      ground.closing(() => dataSource.destroy());
      return { source: fromDataSource(dataSource), say: (statement) => currentTransaction<Manager>().query(statement) };
    },
  ],
  [
    'Drizzle',
    () =>
      Promise.resolve({
        source: fromDrizzle(drizzle(ground.pool({ max: 1 }))),
        say: (statement) => currentTransaction<NodePgDatabase>().execute(sql.raw(statement)),
      }),
  ],
  [
    'Knex',
    () => {
      const knex = createKnex({ client: 'pg', connection: ground.url, pool: { min: 0, max: 1 } });
      ground.closing(() => knex.destroy());
      return Promise.resolve({
        source: fromKnex(knex),
        say: async (statement) => currentTransaction<Knex.Transaction>().raw(statement),
      });
    },
  ],
  [
    'Knex over a pool of pg',
    () => {
      const knex = createKnex({ client: 'pg', connectionPool: ground.pool({ max: 1 }) } as Knex.Config);
      return Promise.resolve({
        source: fromKnex(knex),
        say: async (statement) => currentTransaction<Knex.Transaction>().raw(statement),
      });
    },
  ],
  [
    'MikroORM',
    async () => {
      const pool = { min: 0, max: 1 };
      const orm = await MikroORM.init({ clientUrl: ground.url, entities: [], discovery: { warnWhenNoEntities: false }, pool });
      ground.closing(() => orm.close(true));
      return { source: fromEntityManager(orm.em), say: (statement) => currentTransaction<EntityManager>().execute(statement) };
    },
  ],
];

describe.each(tools)('%s', (_, open) => {
  let say: Opened['say'];
  let backend: PostgresBackend;
  beforeAll(async () => {
    const opened = await open();
    say = opened.say;
    backend = new PostgresBackend(opened.source, { purgeEveryMs: false });
  });
  afterAll(() => backend.close());

  it('lends none that was ended by force', async () => {
    for (let round = 0; round < 3; round++) {
      const [began, ending] = [gate(), new AbortController()];
      const forced = backend.transaction(() => {
        began.open();
        return new Promise(() => undefined);
      }, ending.signal);
      await began.passed;
      const waiting = backend.transaction(() => say('SELECT 1'));
      ending.abort(new Error('over'));
      await expect(forced).rejects.toThrow('over');
      await waiting;
    }
  });

  it('lends a working one after a commit that failed', async () => {
    for (let round = 0; round < 10; round++) {
      const name = fresh();
      const failing = backend.transaction(async () => {
        await say(`INSERT INTO once (name) VALUES ('${name}')`);
        await say(`INSERT INTO once (name) VALUES ('${name}')`);
      });
      const waiting = backend.transaction(() => say('SELECT 1'));
      await expect(failing).rejects.toThrow('refused the effect');
      await waiting;
    }
  });
});
