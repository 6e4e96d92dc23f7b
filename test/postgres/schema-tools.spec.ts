/** Tools that bring a database to what they know of it: what is to be set, so that they leave our tables alone. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import { migrate } from '@nestjs-idempotency/postgres';
import { fromPool } from '@nestjs-idempotency/postgres/pg';
import { DataSource } from 'typeorm';
import { layGround, type PostgresGround } from './ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
  await migrate(fromPool(ground.outside), { schema: 'apart' });
});
afterAll(() => ground.stop());

const effects = new EntitySchema<{ id: string; name: string }>({
  name: 'Effect',
  tableName: 'effects',
  properties: { id: { type: 'bigint', primary: true, autoincrement: true }, name: { type: 'text' } },
});

/** What MikroORM would do to our tables. */
async function drops(schemaGenerator: { skipTables?: string[]; ignoreSchema?: string[] }): Promise<string[]> {
  const orm = await MikroORM.init({ clientUrl: ground.url, entities: [effects], schemaGenerator });
  try {
    const update = await orm.schema.getUpdateSchemaSQL();
    return update.split('\n').filter((statement) => /^drop .*(idempotency|apart)/.test(statement));
  } finally {
    await orm.close();
  }
}

it('MikroORM drops what it does not know, unless it is told to skip it', async () => {
  const skipTables = ['idempotency', 'idempotency_schema'];
  const here = ['drop table if exists "idempotency" cascade;', 'drop table if exists "idempotency_schema" cascade;'];
  expect(await drops({})).toEqual(expect.arrayContaining([...here, 'drop schema if exists "apart";']));
  expect((await drops({ skipTables })).filter((statement) => here.includes(statement))).toEqual([]);
  expect(await drops({ skipTables, ignoreSchema: ['apart'] })).toEqual([]);
});

it('TypeORM leaves alone what it does not know', async () => {
  const source = await new DataSource({ type: 'postgres', url: ground.url, entities: [] }).initialize();
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  await source.destroy();
  expect(upQueries).toEqual([]);
});
