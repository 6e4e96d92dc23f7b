/** What the specs of the Postgres package stand on: a database with the schema and a table of effects, and pools that are closed. */
import { randomUUID } from 'node:crypto';
import { fromPool, migrate } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { startPostgres, type PostgresServer, type PostgresSettings } from '../servers/postgres.js';

export interface PostgresGround {
  readonly server: PostgresServer;
  readonly url: string;
  /** The pool of the spec itself, apart from those under test. */
  readonly outside: pg.Pool;
  pool(config?: pg.PoolConfig): pg.Pool;
  /** Closed, last made first, before the server is stopped. */
  closing(close: () => Promise<unknown>): void;
  /** Rows in `effects` with that name, as others see them. */
  effects(name: string): Promise<number>;
  stop(): Promise<void>;
}

export async function layGround(settings: PostgresSettings = {}): Promise<PostgresGround> {
  const server = await startPostgres(settings);
  const url = await server.database();
  const closers: (() => Promise<unknown>)[] = [];
  const pool = (config: pg.PoolConfig = {}): pg.Pool => {
    const made = new pg.Pool({ connectionString: url, ...config });
    // A connection that the server cuts while it is idle is replaced by the pool.
    made.on('error', () => undefined);
    closers.push(() => made.end());
    return made;
  };
  const outside = pool({ max: 5 });
  await migrate(fromPool(outside));
  await outside.query('CREATE TABLE effects (id bigserial PRIMARY KEY, name text NOT NULL)');
  return {
    server,
    url,
    outside,
    pool,
    closing: (close) => void closers.push(close),
    effects: (name) => countEffects(outside, name),
    async stop() {
      for (const close of closers.reverse()) await close();
      await server.stop();
    },
  };
}

/** Rows in `effects` with that name, as `pool` sees them. */
export async function countEffects(pool: pg.Pool, name: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM effects WHERE name = $1', [name]);
  return rows[0]?.count ?? 0;
}

/** A name nobody has used. */
export const fresh = (): string => randomUUID();
