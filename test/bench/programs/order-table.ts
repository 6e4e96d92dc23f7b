/** The business transaction of the Postgres rows: one order is written. */
import { Pool, type PoolClient } from 'pg';

/** A pool as an application would have it. */
export function openPool(): Pool {
  return new Pool({ connectionString: process.env['DATABASE_URL'], max: 20, connectionTimeoutMillis: 5_000 });
}

/** Makes the table of orders. */
export async function createTable(pool: Pool): Promise<void> {
  await pool.query('CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY, content jsonb NOT NULL)');
}

/** What the handlers do. */
export async function insertOrder(client: PoolClient, order: unknown): Promise<void> {
  await client.query('INSERT INTO orders (content) VALUES ($1)', [JSON.stringify(order)]);
}
