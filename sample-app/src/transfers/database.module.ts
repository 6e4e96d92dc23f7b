/** The shop's own Postgres: one pool, for the handlers and for the kept answers. */
import { fromPool, migrate } from '@nestjs-idempotency/postgres';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'pg';

/** Runs as one statement list, and so as one transaction; the lock lets several processes start at once. */
const ACCOUNTS = `
  SELECT pg_advisory_xact_lock(7308);
  CREATE TABLE IF NOT EXISTS accounts (name text PRIMARY KEY, cents bigint NOT NULL CHECK (cents >= 0));
  INSERT INTO accounts VALUES ('till', 100000), ('safe', 100000) ON CONFLICT DO NOTHING;
`;

async function openPool(): Promise<Pool> {
  const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 20, connectionTimeoutMillis: 5_000 });
  await migrate(fromPool(pool));
  await pool.query(ACCOUNTS);
  return pool;
}

@Module({ providers: [{ provide: Pool, useFactory: openPool }], exports: [Pool] })
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly pool: Pool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
