/** `pg`. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromPool } from '@nestjs-idempotency/postgres/pg';
import pg from 'pg';
import type { Tool } from './tool.js';

const tx = (): pg.PoolClient => currentTransaction<pg.PoolClient>();

export const pgTool: Tool = {
  name: 'pg',
  async open({ url }) {
    const pool = new pg.Pool({ connectionString: url, max: 11 });
    return {
      source: fromPool(pool),
      serializable: fromPool(pool, { begin: 'BEGIN ISOLATION LEVEL SERIALIZABLE' }),
      async effect(name) {
        await tx().query('INSERT INTO effects (name) VALUES ($1)', [name]);
      },
      look: () => tx().query('SELECT count(*) FROM effects'),
      close: () => pool.end(),
    };
  },
};
