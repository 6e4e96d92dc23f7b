/** Settings of an application's tool that change how results are read, or under which names: ours are understood none the less. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { migrate, PostgresBackend, type SqlSource } from '@nestjs-idempotency/postgres';
import { fromDrizzle } from '@nestjs-idempotency/postgres/drizzle';
import { fromKnex } from '@nestjs-idempotency/postgres/knex';
import { fromKysely } from '@nestjs-idempotency/postgres/kysely';
import { fromPool } from '@nestjs-idempotency/postgres/pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import createKnex, { type Knex } from 'knex';
import { CamelCasePlugin, Kysely, type KyselyPlugin, ParseJSONResultsPlugin, PostgresDialect } from 'kysely';
import pg from 'pg';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround({ maxConnections: 200 });
});
afterAll(() => ground.stop());

type Open = () => SqlSource;

const kysely = (...plugins: KyselyPlugin[]): SqlSource => {
  const pool = ground.pool();
  return fromKysely(new Kysely<unknown>({ dialect: new PostgresDialect({ pool }), plugins }), { pool });
};

const knex = (config: Knex.Config): SqlSource => {
  const made = createKnex({ client: 'pg', connection: ground.url, pool: { min: 0, max: 5 }, ...config });
  ground.closing(() => made.destroy());
  return fromKnex(made);
};

/** As mappers of snake case do that also look into raw results. */
const mapped = (name: (column: string) => string) => (answer: { readonly rows: readonly object[] }) => ({
  ...answer,
  rows: answer.rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [name(column), value]))),
});
const camel = mapped((column) => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));

const raw = { getTypeParser: () => (value: unknown) => value } as unknown as pg.CustomTypesConfig;
const binary = { binary: true } as pg.PoolConfig;

const settings: [name: string, open: Open][] = [
  ['Kysely with CamelCasePlugin', () => kysely(new CamelCasePlugin())],
  ['Kysely with CamelCasePlugin in upper case', () => kysely(new CamelCasePlugin({ upperCase: true }))],
  ['Kysely with plugins that read texts as JSON', () => kysely(new CamelCasePlugin(), new ParseJSONResultsPlugin())],
  ['Knex with a mapper to camel case', () => knex({ postProcessResponse: camel })],
  ['Knex with a mapper to upper case', () => knex({ postProcessResponse: mapped((column) => column.toUpperCase()) })],
  ['Knex that gives the rows alone', () => knex({ postProcessResponse: ({ rows }: { rows: unknown }) => rows })],
  ['a pool with types of its own', () => fromPool(ground.pool({ types: raw }))],
  ['a pool with binary results', () => fromPool(ground.pool(binary))],
  ['a pool with binary results that nothing reads', () => fromPool(ground.pool({ ...binary, types: raw }))],
  ['Drizzle on a pool with binary results', () => fromDrizzle(drizzle(ground.pool(binary)))],
  [
    'Knex with types of its own',
    () => knex({ connection: { connectionString: ground.url, types: raw } as Knex.PgConnectionConfig }),
  ],
];

/** Types whose reading applications change for the whole process. */
const { BOOL, BYTEA, INT4, INT8, FLOAT8, NUMERIC } = pg.types.builtins;
const parsers: [name: string, types: readonly number[], parse: (text: string) => unknown][] = [
  ['texts', [BOOL, BYTEA, INT4, INT8, FLOAT8, NUMERIC], (text) => text],
  ['objects', [BOOL, BYTEA, INT4, INT8, FLOAT8, NUMERIC], (text) => ({ text })],
  ['bigints', [INT4, INT8], BigInt],
];

async function serves(source: SqlSource): Promise<void> {
  const table = `made_${fresh().slice(0, 8)}`;
  const listen = () => new pg.Client({ connectionString: ground.url });
  const backend = new PostgresBackend(source, { table, purgeEveryMs: false, listen });
  await expect(backend.check()).rejects.toThrow(`there is no table "public"."${table}"`);
  await migrate(source, { table });
  await migrate(source, { table });
  await expect(backend.check()).resolves.toBeInstanceOf(Array);

  const [lease, inside] = [newLease(), newLease()];
  expect(await backend.open(lease, 10_000, 10_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  const { claim } = await backend.open(newLease(lease.slot), 10_000, 10_000);
  expect(claim).toEqual({ kind: 'held', fingerprint: lease.fingerprint, leftMs: expect.any(Number) });
  expect((claim as { leftMs: number }).leftMs).toBeGreaterThan(5_000);
  await backend.transaction(async () => {
    expect((await backend.open(newLease(lease.slot), 1, 1)).claim).toMatchObject({
      kind: 'held',
      fingerprint: lease.fingerprint,
    });
  });
  expect(await backend.settle(lease, record, 10_000)).toEqual({ kind: 'saved' });
  expect(await backend.settle(lease, record, 10_000)).toMatchObject({ kind: 'taken', record: Buffer.from(record) });
  expect(await backend.renew(lease, 10_000)).toBe('lost');
  expect((await backend.open(newLease(lease.slot), 10_000, 10_000)).record).toEqual(Buffer.from(record));

  await backend.transaction(async () => {
    expect(await backend.open(inside, 1, 1)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    expect(await backend.settle(inside, record, 10_000)).toEqual({ kind: 'saved' });
  });
  await backend.transaction(async () => {
    expect((await backend.open(newLease(inside.slot), 1, 1)).record).toEqual(Buffer.from(record));
  });
  await backend.close();
}

describe('is understood', () => {
  it.each(settings)('%s', (_, open) => serves(open()));

  describe.each(parsers)('where types are read as %s in the whole process', (_, types, parse) => {
    const before = types.map((type) => pg.types.getTypeParser(type));
    beforeAll(() => types.forEach((type) => pg.types.setTypeParser(type, parse)));
    afterAll(() => types.forEach((type, i) => pg.types.setTypeParser(type, before[i] as (text: string) => unknown)));

    it.each<[name: string, open: Open]>([
      ['pg', () => fromPool(ground.pool())],
      ['Drizzle', () => fromDrizzle(drizzle(ground.pool()))],
      ['Kysely', () => kysely()],
      ['Knex', () => knex({})],
    ])('%s', (_name, open) => serves(open()));
  });
});

it('says at start what is wrong where a tool of another renames columns or reads texts', async () => {
  const plain = fromPool(ground.pool());
  const check = (change: (answer: { readonly rows: readonly object[] }) => unknown) => {
    const query: SqlSource['query'] = async (text, values) => change(await plain.query(text, values)) as { rows: [] };
    return new PostgresBackend({ ...plain, query }, { purgeEveryMs: false }).check();
  };
  const why = 'a plugin, a mapper or a type parser changes what the server answered. Give the library a tool without it.';
  await expect(check(mapped((column) => column.toUpperCase()))).rejects.toThrow(`gave no column replica: ${why}`);
  await expect(check(() => ({ rows: [{ replica: { text: 'false' } }] }))).rejects.toThrow(
    `gave column replica as object, not as a text: ${why}`,
  );
});
