/** Kysely. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromKysely, joining } from '@nestjs-idempotency/postgres/kysely';
import { CompiledQuery, type Generated, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { intended, type Tool, undone } from './tool.js';

interface Database {
  effects: { id: Generated<string>; name: string };
}

const tx = (): Transaction<Database> => currentTransaction<Transaction<Database>>();

export const kyselyTool: Tool = {
  name: 'Kysely',
  async open({ url }) {
    const pool = new pg.Pool({ connectionString: url, max: 11 });
    const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
    const joined = joining(db);
    return {
      source: fromKysely(db, { pool }),
      serializable: fromKysely(db, { pool, isolation: 'serializable' }),
      async effect(name) {
        await tx().insertInto('effects').values({ name }).execute();
      },
      look: () => tx().selectFrom('effects').selectAll().execute(),
      hold() {
        const held = tx();
        return (statement) => held.executeQuery(CompiledQuery.raw(statement));
      },
      joined: {
        add: (name) => joined.insertInto('effects').values({ name }).execute(),
        addAndFail: (name) =>
          undone(
            joined.transaction().execute(async (own) => {
              await own.insertInto('effects').values({ name }).execute();
              throw intended;
            }),
          ),
      },
      close: () => db.destroy(),
    };
  },
};
