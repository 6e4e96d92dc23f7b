/** For `pg`: handlers get the `PoolClient` that the transaction runs on, for as long as it runs. */
import { IdempotencyHandlerError } from '@nestjs-idempotency/core';
import type { Pool, PoolClient } from 'pg';
import { guard } from './guarded-pool.js';
import { joiningWith, originalOf } from './joining.js';
import { lend } from './lent-client.js';
import type { SqlClient, SqlSource } from './sql-client.js';

/** Shares transactions of `pool`. Set its `connectionTimeoutMillis`, so that a request waits for a connection in bounded time. */
export function fromPool(given: Pool, { begin = 'BEGIN' }: { readonly begin?: string } = {}): SqlSource<PoolClient> {
  const pool = originalOf(given);
  guard(pool);
  return {
    ...clientOf(pool),
    of: pool,
    async transaction(work) {
      const client = await pool.connect();
      const lending = lend(client);
      let broken: Error | undefined;
      try {
        await client.query(begin);
        const done = await work({ ...clientOf(client), connection: () => client }, lending.client);
        lending.end();
        // A transaction that was aborted unnoticed answers COMMIT by ROLLBACK, and without an error.
        const { command } = await client.query('COMMIT');
        if (command !== 'COMMIT')
          throw new IdempotencyHandlerError(
            'The transaction was aborted by an error that the handler caught, so nothing was kept.',
          );
        return done;
      } catch (error) {
        lending.end();
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

/**
 * The pool for services to inject: in a transactional request `query` and `connect` give its transaction, elsewhere the pool. A
 * client that was got by `connect` there is not given back by `release`, and must not be told COMMIT.
 */
export function joining(pool: Pool): Pool {
  return joiningWith(pool, {
    joins: (name) => name === 'query' || name === 'connect',
    // It was lent, and refuses by itself.
    late: (client) => client,
    instead: (client, name) => (name === 'connect' ? connecting(client as PoolClient) : undefined),
  });
}

type Told = (error: undefined, client: PoolClient, release: () => void) => void;

function connecting(client: PoolClient) {
  const lent = new Proxy(client, {
    get: (target, name) => {
      const value: unknown = name === 'release' ? stay : Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return (told?: Told): Promise<PoolClient> | undefined => (told ? void told(undefined, lent, stay) : Promise.resolve(lent));
}

const stay = (): void => undefined;
