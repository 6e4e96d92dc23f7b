/** Drizzle. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromDrizzle, joining } from '@nestjs-idempotency/postgres/drizzle';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { bigserial, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { intended, type Tool, undone } from './tool.js';

const effects = pgTable('effects', { id: bigserial({ mode: 'bigint' }).primaryKey(), name: text().notNull() });

const tx = (): NodePgDatabase => currentTransaction<NodePgDatabase>();

export const drizzleTool: Tool = {
  name: 'Drizzle',
  async open({ url }) {
    const pool = new pg.Pool({ connectionString: url, max: 11 });
    const db = drizzle(pool);
    const joined = joining(db);
    return {
      source: fromDrizzle(db),
      serializable: fromDrizzle(db, { isolationLevel: 'serializable' }),
      async effect(name) {
        await tx().insert(effects).values({ name });
      },
      look: () => tx().select().from(effects),
      hold() {
        const held = tx();
        return (statement) => held.execute(statement);
      },
      joined: {
        add: (name) => joined.insert(effects).values({ name }),
        addAndFail: (name) =>
          undone(
            joined.transaction(async (own) => {
              await own.insert(effects).values({ name });
              throw intended;
            }),
          ),
      },
      close: () => pool.end(),
    };
  },
};
