/** For `pg`: handlers get the `PoolClient` that the transaction runs on. */
import type { Pool, PoolClient } from 'pg';
import type { SqlClient, SqlSource } from './sql-client.js';

/** Shares transactions of `pool`. Set its `connectionTimeoutMillis`, so that a request waits for a connection in bounded time. */
export function fromPool(pool: Pool, { begin = 'BEGIN' }: { readonly begin?: string } = {}): SqlSource<PoolClient> {
  return {
    ...clientOf(pool),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      const onError = (error: Error): void => {
        broken = error;
      };
      // A connection that breaks between two statements says so by this event only, and unheard it would end the process.
      client.on('error', onError);
      try {
        await client.query(begin);
        const done = await work(clientOf(client), client);
        // A transaction that was aborted unnoticed answers COMMIT by ROLLBACK, and without an error.
        const { command } = await client.query('COMMIT');
        if (command !== 'COMMIT')
          throw new Error('The transaction was aborted by an error that the handler caught, so nothing was kept.');
        return done;
      } catch (error) {
        await client.query('ROLLBACK').catch((cause: unknown) => {
          // Without a rollback the connection is of no use; closing it makes the server roll back.
          broken = cause instanceof Error ? cause : new Error('ROLLBACK failed.', { cause });
        });
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },
  };
}

/** How to run statements on it, or on one of its transactions. */
export const clientOf = (client: Pool | PoolClient): SqlClient => ({ query: (text, values) => client.query(text, [...values]) });
