/** Behind a real PgBouncer in transaction mode, where a session lasts one transaction. Only the listening connection goes around it. */
import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { currentTransaction, fromPool, migrate, PostgresBackend } from '@nestjs-idempotency/postgres';
import { backendContract, runCases, transactionContract } from '@nestjs-idempotency/testing';
import pg from 'pg';
import { hasPgBouncer, startPgBouncer } from '../servers/pgbouncer.js';
import { layGround, type PostgresGround } from './ground.js';

// Two servers are started for it, and the machine may be busy.
jest.setTimeout(120_000);

const describeIf = hasPgBouncer() ? describe : describe.skip;

describeIf('PostgresBackend behind PgBouncer', () => {
  let ground: PostgresGround;
  let bouncer: { url: string; stop(): Promise<void> };
  let backends: PostgresBackend[];

  beforeAll(async () => {
    ground = await layGround();
    bouncer = await startPgBouncer(ground.url, 60);
    const pools = Array.from({ length: 5 }, () => ground.pool({ connectionString: bouncer.url, max: 11 }));
    const listen = (): pg.Client => new pg.Client({ connectionString: ground.url });
    backends = pools.map((pool) => new PostgresBackend(fromPool(pool), { listen }));
    for (const backend of backends) ground.closing(() => backend.close());
  });
  afterAll(async () => {
    await ground.stop();
    await bouncer.stop();
  });

  let next = 0;
  const make = () => ({ connect: () => backends[next++ % 5] as PostgresBackend });

  runCases(it, backendContract(make));
  runCases(
    it,
    transactionContract(() => ({
      ...make(),
      async effect(_backend, name) {
        await currentTransaction<pg.PoolClient>().query('INSERT INTO effects (name) VALUES ($1)', [name]);
      },
      effects: (name) => ground.effects(name),
    })),
  );

  it('makes its schema through it', () => migrate(fromPool(ground.pool({ connectionString: bouncer.url })), { table: 'pooled' }));
});
