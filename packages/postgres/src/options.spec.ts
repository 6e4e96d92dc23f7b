/** What the stores in Postgres and the sources of tools refuse when it is given. */
import { describe, expect, it } from '@jest/globals';
import { PostgresBackend } from './backend.js';
import { fromTransactionHost } from './cls-transactional.js';
import { fromDrizzle } from './drizzle.js';
import { fromKnex } from './knex.js';
import { fromKysely } from './kysely.js';
import { PostgresLock } from './lock.js';
import { fromEntityManager } from './mikro-orm.js';
import { namesOf } from './names.js';
import { IdempotencyTransaction } from './nest.js';
import { fromPool, joining } from './pg.js';
import { fromPrisma } from './prisma.js';
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
  ['joining', () => joining(undefined as never), 'postgres: joining was given undefined: give the database tool'],
  ['the transaction of a handler', () => IdempotencyTransaction({ optinal: true } as object), 'did you mean `optional`?'],
])('refuses a wrong %s', (_, make, words) => {
  expect(make).toThrow(words);
});
