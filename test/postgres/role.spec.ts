/** A handler that takes on the role of a tenant for its statements: the library writes the answer in that role, or says what it lacks. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { IdempotencyHandlerError } from '@nestjs-idempotency/core';
import { currentTransaction, fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import type pg from 'pg';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const LONG_MS = 60_000;
let ground: PostgresGround;
let backend: PostgresBackend;
const tenant = `tenant_${fresh().slice(0, 8)}`;

beforeAll(async () => {
  ground = await layGround();
  backend = new PostgresBackend(fromPool(ground.pool()), { purgeEveryMs: false });
  await ground.outside.query(`CREATE ROLE ${tenant}`);
});
afterAll(async () => {
  await backend.close();
  await ground.outside.query(`DROP OWNED BY ${tenant}`);
  await ground.outside.query(`DROP ROLE ${tenant}`);
  await ground.stop();
});

/** Leaves its effect, and the transaction in the role of the tenant. */
const asTenant = (name: string) =>
  backend.transaction(async () => {
    const lease = newLease();
    await backend.open(lease, LONG_MS, LONG_MS);
    const tx = currentTransaction<pg.PoolClient>();
    await tx.query('INSERT INTO effects (name) VALUES ($1)', [name]);
    await tx.query(`SET LOCAL ROLE ${tenant}`);
    return backend.settle(lease, record, LONG_MS);
  });

it('is told which right the role lacks, in our words, and writes the answer once it has it', async () => {
  const name = fresh();
  const error: unknown = await asTenant(name).catch((thrown: unknown) => thrown);
  // Not a store that cannot be reached: the same request would fail again.
  expect(error).toBeInstanceOf(IdempotencyHandlerError);
  expect((error as Error).message).toBe(
    'The role in which the handler left the transaction may not write "public"."idempotency" (42501): GRANT SELECT, INSERT, UPDATE on it to that role, or RESET ROLE before the handler ends.',
  );
  expect(await ground.effects(name)).toBe(0);

  await ground.outside.query(`GRANT SELECT, INSERT, UPDATE ON idempotency TO ${tenant}`);
  expect(await asTenant(name)).toEqual({ kind: 'saved' });
  expect(await ground.effects(name)).toBe(1);
});
