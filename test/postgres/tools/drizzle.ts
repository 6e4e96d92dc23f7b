/** Drizzle. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromDrizzle } from '@nestjs-idempotency/postgres/drizzle';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { bigserial, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { Tool } from './tool.js';

const effects = pgTable('effects', { id: bigserial({ mode: 'bigint' }).primaryKey(), name: text().notNull() });

const tx = (): NodePgDatabase => currentTransaction<NodePgDatabase>();

export const drizzleTool: Tool = {
  name: 'Drizzle',
  async open({ url }) {
    const pool = new pg.Pool({ connectionString: url, max: 11 });
    const db = drizzle(pool);
    return {
      source: fromDrizzle(db),
      serializable: fromDrizzle(db, { isolationLevel: 'serializable' }),
      async effect(name) {
        await tx().insert(effects).values({ name });
      },
      look: () => tx().select().from(effects),
      close: () => pool.end(),
    };
  },
};
