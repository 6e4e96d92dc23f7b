/** `pg`. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromPool, joining } from '@nestjs-idempotency/postgres/pg';
import pg from 'pg';
import type { Tool } from './tool.js';

const tx = (): pg.PoolClient => currentTransaction<pg.PoolClient>();

export const pgTool: Tool = {
  name: 'pg',
  async open({ url }) {
    const pool = new pg.Pool({ connectionString: url, max: 11 });
    const joined = joining(pool);
    return {
      source: fromPool(pool),
      serializable: fromPool(pool, { begin: 'BEGIN ISOLATION LEVEL SERIALIZABLE' }),
      async effect(name) {
        await tx().query('INSERT INTO effects (name) VALUES ($1)', [name]);
      },
      look: () => tx().query('SELECT count(*) FROM effects'),
      hold() {
        const held = tx();
        // Alone, a COMMIT would be refused before it is sent.
        return (statement) => held.query(`SELECT 1; ${statement}`);
      },
      joined: {
        add: (name) => joined.query('INSERT INTO effects (name) VALUES ($1)', [name]),
        async addAndFail(name) {
          const client = await joined.connect();
          await client.query('SAVEPOINT own');
          await client.query('INSERT INTO effects (name) VALUES ($1)', [name]);
          await client.query('ROLLBACK TO SAVEPOINT own');
          client.release();
        },
      },
      close: () => pool.end(),
    };
  },
};
