/** Kysely. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromKysely } from '@nestjs-idempotency/postgres/kysely';
import { type Generated, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { Tool } from './tool.js';

interface Database {
  effects: { id: Generated<string>; name: string };
}

const tx = (): Transaction<Database> => currentTransaction<Transaction<Database>>();

export const kyselyTool: Tool = {
  name: 'Kysely',
  async open({ url }) {
    const pool = new pg.Pool({ connectionString: url, max: 11 });
    const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
    return {
      source: fromKysely(db, { pool }),
      serializable: fromKysely(db, { pool, isolation: 'serializable' }),
      async effect(name) {
        await tx().insertInto('effects').values({ name }).execute();
      },
      look: () => tx().selectFrom('effects').selectAll().execute(),
      close: () => db.destroy(),
    };
  },
};
