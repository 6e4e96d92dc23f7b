/** For `pg`: handlers get the `PoolClient` that the transaction runs on. */
import { shared, IdempotencyHandlerError, kinds } from '@nestjs-idempotency/core';
import type { Pool, PoolClient } from 'pg';
import { guard } from './guarded-pool.js';
import { joiningWith, originalOf } from './joining.js';
import { LentClient } from './lent-client.js';
import { refuseClient } from './one-connection.js';
import { checkTool } from './options.js';
import type { SqlClient, SqlSource } from './sql-client.js';
import { isBeginning } from './transaction-words.js';

const BEGIN: kinds.KindsOf<{ readonly begin?: string }> = {
  begin: kinds.kind(
    'a statement that begins a transaction, and no other, with modes that Postgres has: e.g. BEGIN ISOLATION LEVEL SERIALIZABLE; not READ ONLY',
    (value) => typeof value === 'string' && isBeginning(value),
    {
      names: ['SERIALIZABLE', 'REPEATABLE READ', 'READ COMMITTED'].map((level) => `BEGIN ISOLATION LEVEL ${level}`),
      others: { 'begin isolation level snapshot': 'BEGIN ISOLATION LEVEL REPEATABLE READ' },
    },
  ),
};
const METHODS = ['connect', 'query', 'on'];

/** Shares transactions of `pool`. Set its `connectionTimeoutMillis`, so that a request waits for a connection in bounded time. */
export function fromPool(given: Pool, options: { readonly begin?: string } = {}): SqlSource<PoolClient> {
  const { begin = 'BEGIN' } = kinds.optionsOf('fromPool', options, BEGIN);
  checkTool('fromPool(new Pool({ … }))', given, METHODS);
  const pool = originalOf(given);
  refuseClient(pool, 'Give a Pool: fromPool(new Pool({ … })).');
  guard(pool);
  return {
    ...clientOf(pool),
    of: pool,
    async transaction(work) {
      const client = await pool.connect();
      const lent = new LentClient(client);
      const given = lent.handler();
      lending.set(given, lent);
      let broken: Error | undefined;
      try {
        await client.query(begin);
        const done = await work({ ...clientOf(client), connection: () => client }, given);
        if (lent.isAnyOpen) throw new IdempotencyHandlerError(UNENDED);
        lent.end();
        // A transaction that was aborted unnoticed answers COMMIT by ROLLBACK, and without an error.
        const { command } = await client.query('COMMIT');
        if (command !== 'COMMIT')
          throw new IdempotencyHandlerError(
            'The transaction was aborted by an error that the handler caught, so nothing was kept.',
          );
        return done;
      } catch (error) {
        lent.end();
        await client.query('ROLLBACK').catch((cause: unknown) => {
          // Without a rollback the connection is of no use; closing it makes the server roll back.
          broken = cause instanceof Error ? cause : new Error('ROLLBACK failed.', { cause });
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}

/** How to run statements on it, or on one of its transactions. */
export const clientOf = (client: Pool | PoolClient): SqlClient => ({ query: (text, values) => client.query(text, [...values]) });

/** The client of a request's transaction, by what its handler was given. */
const lending = shared('postgres:lending', () => new WeakMap<object, LentClient>());

const UNENDED =
  'A transaction that was begun on the client of the request was not ended: COMMIT or ROLLBACK is missing in the handler, or in a service of it. All of it is rolled back.';

/**
 * The pool for services to inject: in a transactional request `query` and `connect` give its transaction, elsewhere the pool. A
 * client that was got by `connect` there is not given back by `release`. BEGIN, COMMIT and ROLLBACK on it are a savepoint, its release
 * and the way back to it, so that what a service undoes is its own part.
 */
export function joining(pool: Pool): Pool {
  checkTool('joining(pool)', pool, METHODS);
  return joiningWith(pool, {
    joins: (name) => name === 'query' || name === 'connect',
    // What was lent refuses by itself.
    late: (given) => given,
    instead: (given, name) => (name === 'connect' ? connecting(given as PoolClient) : undefined),
  });
}

type Told = (error: undefined, client: PoolClient, release: () => void) => void;

function connecting(given: PoolClient) {
  const lent = lending.get(given)?.service() ?? given;
  return (told?: Told): Promise<PoolClient> | undefined => {
    if (!told) return Promise.resolve(lent);
    told(undefined, lent, () => undefined);
    return undefined;
  };
}
