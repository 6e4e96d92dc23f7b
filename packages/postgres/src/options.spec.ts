/** What the stores in Postgres and the sources of tools refuse when it is given. */
import { describe, expect, it } from '@jest/globals';
import { drizzle } from 'drizzle-orm/node-postgres';
import knex from 'knex';
import { Kysely, MysqlDialect, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { PostgresBackend } from './backend.js';
import { fromTransactionHost } from './cls-transactional.js';
import { fromDrizzle, joining as joiningDrizzle } from './drizzle.js';
import { fromKnex, joining as joiningKnex } from './knex.js';
import { fromKysely, joining as joiningKysely } from './kysely.js';
import { PostgresLock } from './lock.js';
import { fromEntityManager, joining as joiningEntityManager } from './mikro-orm.js';
import { namesOf } from './names.js';
import { IdempotencyTransaction } from './nest.js';
import { fromPool, joining } from './pg.js';
import { fromPrisma, joining as joiningPrisma } from './prisma.js';
import { migrate } from './schema.js';
import type { SqlSource } from './sql-client.js';
import { PostgresStorage } from './storage.js';
import { fromDataSource, joining as joiningDataSource } from './typeorm.js';

const never = (): never => {
  throw new Error('Nothing is asked when a store is made.');
};
const source: SqlSource = { query: never, transaction: never };
const pool = { query: never, connect: never, on: () => undefined, totalCount: 0 } as never;

describe.each([PostgresStorage, PostgresLock, PostgresBackend])('%p', (Store) => {
  const made = (options: unknown, given: unknown = source) => {
    return () => new Store(given as SqlSource, options as object);
  };

  it.each<[string, unknown, string]>([
    ['a misspelt name', { shema: 'shop' }, `${Store.name}: \`shema\` is not an option: did you mean \`schema\`?`],
    ['a name that is none', { schema: 5 }, '`schema` must be a letter or underscore'],
    ['a time of no length', { timeoutMs: 0 }, '`timeoutMs` must be a number of milliseconds above 0 and below 25 days; it is 0.'],
    ['a time in letters', { timeoutMs: '500' }, '`timeoutMs` must be a number of milliseconds'],
    ['a time that no timer of Node has', { timeoutMs: 2 ** 31 }, 'below 25 days'],
    ['a table in the place of options', 'slots', 'options must be an object, e.g. `{ schema: … }`; they are a string.'],
  ])('refuses %s', (_, options, words) => {
    expect(made(options)).toThrow(words);
  });

  it.each<[string, unknown]>([
    ['a pool as it is', pool],
    ['a DataSource as it is', { ...source, createQueryRunner: never }],
    ['an address', 'postgres://host/db'],
    ['nothing', undefined],
  ])('refuses %s, and names what to write', (_, given) => {
    expect(made({}, given ?? null)).toThrow(
      `${Store.name} takes what shares the transactions of your tool, e.g. \`fromPool(pool)\``,
    );
  });

  it('never shows an address, which may have a password in it', () => {
    expect(made({}, 'postgres://ann:hush@host/db')).toThrow(expect.not.stringContaining('hush'));
  });
});

it.each<[string, object, string]>([
  ['listen', { listen: {} }, '`listen` must be a function; it is an object.'],
  ['onListenError', { onListenError: 'console' }, '`onListenError` must be a function'],
  ['startMs', { startMs: Infinity }, '`startMs` must be a number of milliseconds'],
  [
    'purgeEveryMs',
    { purgeEveryMs: true },
    '`purgeEveryMs` must be a number of milliseconds above 0 and below 25 days, or false; it is true.',
  ],
  ['onPurgeError', { onPurgeError: 1 }, '`onPurgeError` must be a function'],
  ['a misspelt one', { purgeEveryMS: 5 }, 'did you mean `purgeEveryMs`?'],
])('PostgresBackend refuses a wrong %s', (_, options, words) => {
  expect(() => new PostgresBackend(source, options)).toThrow(words);
});

it('a misspelt schema makes no table elsewhere', async () => {
  expect(() => namesOf({ shema: 'shop' } as object)).toThrow('did you mean `schema`?');
  await expect(migrate(source, { tabel: 'slots' } as object)).rejects.toThrow('did you mean `table`?');
  await expect(migrate(pool)).rejects.toThrow('migrate takes what shares the transactions of your tool');
});

it.each<[string, (given: never) => unknown, string]>([
  ['fromPool', (given) => fromPool(given), 'write `fromPool(new Pool({ … }))`'],
  ['fromDataSource', (given) => fromDataSource(given), 'write `fromDataSource(new DataSource({ … }))`'],
  ['joining of TypeORM', (given) => joiningDataSource(given), 'write `joining(dataSource)`'],
  ['fromPrisma', (given) => fromPrisma(given), 'write `fromPrisma(new PrismaClient({ … }))`'],
  ['fromDrizzle', (given) => fromDrizzle(given), 'write `fromDrizzle(drizzle(new Pool({ … })))`'],
  ['fromKnex', (given) => fromKnex(given), "write `fromKnex(knex({ client: 'pg', … }))`"],
  ['fromKysely', (given) => fromKysely(given, { pool }), 'write `fromKysely(new Kysely({ … }), { pool })`'],
  ['fromEntityManager', (given) => fromEntityManager(given), 'write `fromEntityManager(orm.em)`'],
  ['fromTransactionHost', (given) => fromTransactionHost(given, never), 'write `fromTransactionHost(host, clientOf)`'],
])('%s refuses what is not its tool, and shows what to write', (_, make, words) => {
  for (const other of [undefined, null, {}, 'postgres://ann:hush@host/db', Promise.resolve({})]) {
    expect(() => make(other as never)).toThrow(words);
    expect(() => make(other as never)).toThrow(expect.not.stringContaining('hush'));
  }
});

it.each<[string, () => unknown, string]>([
  ['begin', () => fromPool(pool, { begin: 'SERIALIZABLE' }), 'fromPool: `begin` must be a statement that begins a transaction'],
  ['a misspelt begin', () => fromPool(pool, { begn: 'BEGIN' } as object), 'did you mean `begin`?'],
  [
    'isolation of TypeORM',
    () => fromDataSource({ ...source, createQueryRunner: never } as never, { isolation: 'SERIALISABLE' as 'SERIALIZABLE' }),
    "did you mean 'SERIALIZABLE'?",
  ],
  [
    'isolation of Kysely',
    () => fromKysely({ executeQuery: never, transaction: never } as never, { pool, isolation: 'serialisable' as 'serializable' }),
    "did you mean 'serializable'?",
  ],
  ['joining', () => joining(undefined as never), 'joining was given undefined: write `joining(pool)`.'],
  ['the transaction of a handler', () => IdempotencyTransaction({ optinal: true } as object), 'did you mean `optional`?'],
])('refuses a wrong %s', (_, make, words) => {
  expect(make).toThrow(words);
});

const real = new Pool();
const db = drizzle(real);
const pgKnex = knex({ client: 'pg' });
const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool: real }) });
const prisma = { $transaction: never, $queryRawUnsafe: never, _activeProvider: 'postgresql' };
const em = { flush: never, transactional: never, getConnection: never };
const host = { withTransaction: never, isTransactionActive: never };
const dataSource = new DataSource({ type: 'postgres' });

describe('options of the transactions of a tool', () => {
  const sources: Record<string, (options: unknown) => unknown> = {
    pg: (options) => fromPool(real, options as object),
    Drizzle: (options) => fromDrizzle(db, options as object),
    Knex: (options) => fromKnex(pgKnex, options as object),
    Prisma: (options) => fromPrisma(prisma as never, options as never),
    Kysely: (options) => fromKysely(kysely, options as never),
    TypeORM: (options) => fromDataSource(dataSource, options as object),
    MikroORM: (options) => fromEntityManager(em as never, options as object),
  };
  const made = (tool: string, options: unknown) => () => sources[tool]?.(options);

  it.each<[string, unknown, string]>([
    ['pg', 'BEGIN', 'fromPool: options must be an object, e.g. `{ begin: … }`; they are a string.'],
    ['pg', { begin: 'BEGIN ISOLATION LEVEL SERIALISABLE' }, "did you mean 'BEGIN ISOLATION LEVEL SERIALIZABLE'?"],
    ['pg', { begin: 'BEGIN ISOLATION LEVEL SNAPSHOT' }, "did you mean 'BEGIN ISOLATION LEVEL REPEATABLE READ'?"],
    ['pg', { begin: 'BEGIN; DROP TABLE x' }, '`begin` must be a statement that begins a transaction, and no other'],
    ['pg', { begin: 'BEGIN; BEGIN' }, '`begin` must be'],
    ['pg', { begin: 'BEGIN READ ONLY' }, 'not READ ONLY'],
    ['Drizzle', { isolation: 'serializable' }, 'fromDrizzle: `isolation` is not an option: did you mean `isolationLevel`?'],
    ['Drizzle', { isolationLevel: 'serialisable' }, "did you mean 'serializable'?"],
    ['Drizzle', { isolationLevel: 'snapshot' }, "did you mean 'repeatable read'?"],
    ['Drizzle', { accessMode: 'read only' }, "`accessMode` must be 'read write', as the record of a request is written"],
    ['Drizzle', 'serializable', 'options must be an object, e.g. `{ isolationLevel: … }`; they are a string.'],
    ['Drizzle', null, 'they are null'],
    ['Knex', { isolationLvl: 'serializable' }, 'fromKnex: `isolationLvl` is not an option: did you mean `isolationLevel`?'],
    ['Knex', { isolationLevel: 'SERIALIZABLE' }, "did you mean 'serializable'?"],
    ['Knex', { isolationLevel: 'snapshot' }, "did you mean 'repeatable read'?"],
    ['Knex', { readOnly: true }, '`readOnly` must be false, as the record'],
    ['Knex', { doNotRejectOnRollback: true }, '`doNotRejectOnRollback` must be false, as a transaction that was rolled back'],
    ['Knex', { connection: {} }, '`connection` must be left out, as each request has a transaction of its own'],
    ['Knex', 'serializable', 'they are a string'],
    ['Prisma', { timout: 5 }, 'fromPrisma: `timout` is not an option: did you mean `timeout`?'],
    ['Prisma', { timeout: '5' }, '`timeout` must be a number of milliseconds'],
    ['Prisma', { maxWait: -1 }, '`maxWait` must be a number of milliseconds'],
    ['Prisma', { isolationLevel: 'serializable' }, "did you mean 'Serializable'?"],
    ['Prisma', { isolationLevel: 'repeatable read' }, "did you mean 'RepeatableRead'?"],
    ['Prisma', { isolationLevel: 'Snapshot' }, "did you mean 'RepeatableRead'?"],
    ['Prisma', 'Serializable', 'they are a string'],
    ['Kysely', { pool, isolationLevel: 'serializable' }, 'did you mean `isolation`?'],
    ['Kysely', { pool, isolation: 'snapshot' }, "did you mean 'repeatable read'?"],
    [
      'Kysely',
      real,
      'fromKysely was given the pool in the place of its options: write `fromKysely(new Kysely({ … }), { pool })`.',
    ],
    ['TypeORM', { isolationLevel: 'SERIALIZABLE' }, 'did you mean `isolation`?'],
    ['TypeORM', { isolation: 'serializable' }, "did you mean 'SERIALIZABLE'?"],
    ['TypeORM', { isolation: 'SNAPSHOT' }, "did you mean 'REPEATABLE READ'?"],
    ['TypeORM', 'SERIALIZABLE', 'they are a string'],
    [
      'MikroORM',
      { isolation: 'serializable' },
      'fromEntityManager: `isolation` is not an option: did you mean `isolationLevel`?',
    ],
    ['MikroORM', { isolationLevel: 'SERIALIZABLE' }, "did you mean 'serializable'?"],
    ['MikroORM', { propagation: 'required' }, "`propagation` must be 'requires_new', as in a transaction that is not its own"],
    ['MikroORM', { ctx: {} }, '`ctx` must be left out'],
    ['MikroORM', { flushMode: 'never' }, "`flushMode` must be one of 'commit', 'auto', 'always'"],
    ['MikroORM', 'serializable', 'they are a string'],
  ])('of %s: refuses %p', (tool, options, words) => {
    expect(made(tool, options)).toThrow(words);
  });

  it.each<[string, unknown]>([
    ...[
      'begin',
      ' START TRANSACTION;',
      '-- strict\nBEGIN /* all of it */ ISOLATION LEVEL\tserializable',
      'BEGIN WORK ISOLATION LEVEL READ UNCOMMITTED, READ WRITE NOT DEFERRABLE',
      'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    ].map((begin): [string, unknown] => ['pg', { begin }]),
    ['Drizzle', undefined],
    ['Drizzle', { isolationLevel: 'read uncommitted', accessMode: 'read write', deferrable: false }],
    ['Knex', { isolationLevel: 'repeatable read', readOnly: false, doNotRejectOnRollback: false, userParams: { of: 'shop' } }],
    ['Prisma', undefined],
    ['Prisma', { isolationLevel: 'ReadCommitted', timeout: 10_000, maxWait: 500 }],
    ['Kysely', { pool, isolation: 'read committed' }],
    ['TypeORM', { isolation: 'READ COMMITTED' }],
    ['MikroORM', { isolationLevel: 'serializable', propagation: 'requires_new', clear: false, flushMode: 'auto' }],
    ['MikroORM', { signal: new AbortController().signal, inflightQueryAbortStrategy: 'ignore' }],
  ])('of %s: takes %p', (tool, options) => {
    expect(made(tool, options)).not.toThrow();
  });

  it('of a TransactionHost are those of its adapter', () => {
    const make = fromTransactionHost as (...given: unknown[]) => unknown;
    expect(() => make(host, never)).not.toThrow();
    expect(() => make(host, never, { isolationLevel: 'SERIALIZABLE' })).toThrow(
      'give them to the adapter of your TransactionHost',
    );
  });
});

class MySqlPlatform {}
class PostgreSqlPlatform {}

describe('a tool for another database', () => {
  it.each<[string, () => unknown, string]>([
    ...(['mysql', 'cockroachdb'] as const).map((type): [string, () => unknown, string] => [
      `a DataSource of ${type}`,
      () => fromDataSource(new DataSource({ type } as never)),
      `fromDataSource was given a tool for '${type}', and the records are kept in Postgres: give a DataSource of \`type: 'postgres'\`.`,
    ]),
    [
      'a DataSource that is joined',
      () => joiningDataSource(new DataSource({ type: 'mysql' })),
      "joining was given a tool for 'mysql'",
    ],
    [
      'Knex of MySQL',
      () => fromKnex(knex({ client: 'mysql2' })),
      "for 'mysql', and the records are kept in Postgres: give one of `client: 'pg'`.",
    ],
    ['Knex of Cockroach', () => fromKnex(knex({ client: 'cockroachdb' })), "a tool for 'cockroachdb'"],
    [
      'Kysely of MySQL',
      () => fromKysely(new Kysely({ dialect: new MysqlDialect({ pool: never }) }), { pool }),
      "a tool for 'Mysql', and the records are kept in Postgres: give one of the PostgresDialect.",
    ],
    ['Prisma of MySQL', () => fromPrisma({ ...prisma, _activeProvider: 'mysql' } as never), 'provider = "postgresql"'],
    [
      'MikroORM of MySQL',
      () => fromEntityManager({ ...em, getPlatform: () => new MySqlPlatform() } as never),
      'give that of `@mikro-orm/postgresql`',
    ],
  ])('is refused: %s', (_, make, words) => {
    expect(make).toThrow(words);
  });

  it('is not one of Postgres', () => {
    expect(() => fromEntityManager({ ...em, getPlatform: () => new PostgreSqlPlatform() } as never)).not.toThrow();
    expect(() => fromKnex(knex({ client: 'postgres' }))).not.toThrow();
  });
});

it('says of a DataSource that is not initialised what to do', async () => {
  const early = fromDataSource(dataSource);
  const words =
    'the DataSource is not initialised: initialise it, by `await dataSource.initialize()`, before the application starts.';
  await expect(early.query('SELECT 1', [])).rejects.toThrow(words);
  await expect(early.transaction(() => Promise.resolve())).rejects.toThrow(words);
  await expect(new PostgresBackend(early, { purgeEveryMs: false }).check()).rejects.toThrow(words);
});

describe('joining', () => {
  const POOL = 'joining was given a Pool of `pg`';
  it.each<[string, (given: never) => unknown, unknown, string]>([
    ['Knex', joiningKnex, real, `${POOL}: write \`joining(knex)\`, or take \`joining\` of '@nestjs-idempotency/postgres/pg'.`],
    ['Kysely', joiningKysely, real, `${POOL}: write \`joining(db)\`, or take`],
    ['Drizzle', joiningDrizzle, real, POOL],
    ['Prisma', joiningPrisma, real, POOL],
    ['MikroORM', joiningEntityManager, real, POOL],
    ['TypeORM', joiningDataSource, real, POOL],
    [
      'pg',
      joining,
      dataSource,
      "a DataSource of TypeORM: write `joining(pool)`, or take `joining` of '@nestjs-idempotency/postgres/typeorm'.",
    ],
    ['pg', joining, pgKnex, "a Knex: write `joining(pool)`, or take `joining` of '@nestjs-idempotency/postgres/knex'."],
    ['pg', joining, kysely, "of '@nestjs-idempotency/postgres/kysely'."],
    [
      'pg',
      joining,
      db,
      "a database of Drizzle: write `joining(pool)`, or take `joining` of '@nestjs-idempotency/postgres/drizzle'.",
    ],
    ['Knex', joiningKnex, prisma, "of '@nestjs-idempotency/postgres/prisma'."],
    ['Kysely', joiningKysely, em, "of '@nestjs-idempotency/postgres/mikro-orm'."],
  ])('of %s refuses another tool', (_, join, given, words) => {
    expect(() => join(given as never)).toThrow(words);
  });

  it('takes its own, also one that is joined', () => {
    expect(() => [joining(joining(real)), joiningKnex(joiningKnex(pgKnex)), joiningDrizzle(joiningDrizzle(db))]).not.toThrow();
    expect(() => [joiningKysely(joiningKysely(kysely)), joiningPrisma(joiningPrisma(prisma))]).not.toThrow();
    expect(() => joiningEntityManager(joiningEntityManager<never>(em as never))).not.toThrow();
  });

  it('names what shares the transactions of a tool that a source of another was given', () => {
    expect(() => fromKnex(real as never)).toThrow("or take `fromPool` of '@nestjs-idempotency/postgres/pg'.");
    expect(() => fromPool(dataSource as never)).toThrow("or take `fromDataSource` of '@nestjs-idempotency/postgres/typeorm'.");
  });
});
