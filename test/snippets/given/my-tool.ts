/** A database tool that none of the adapters knows. */
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });

interface Rows {
  readonly rows: readonly Record<string, unknown>[];
}

export interface MyTransaction {
  run(text: string, values: readonly unknown[]): Promise<Rows>;
}

export const tool = {
  run: (text: string, values: readonly unknown[]): Promise<Rows> => pool.query(text, [...values]),

  async transaction<R>(work: (tx: MyTransaction) => Promise<R>): Promise<R> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work({ run: (text, values) => client.query(text, [...values]) });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  },
};
