/** The transaction that a request's claim, its handler's writes and its record share, found through the async context. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import type { SqlClient, SqlSource } from './sql-client.js';

/** One running transaction. */
interface SharedTransaction {
  readonly source: SqlSource;
  readonly sql: SqlClient;
  /** What the application's tool gives to those who work in it. */
  readonly tx: unknown;
  /** False once it was committed or rolled back: what still runs then would write outside of it. */
  isOpen: boolean;
}

const current = new AsyncLocalStorage<SharedTransaction>();

/** The connection of the transaction of `source` that this code runs in, if it is still open. */
export function connectionInside(source: SqlSource): SqlClient | undefined {
  const shared = current.getStore();
  return shared?.isOpen === true && shared.source === source ? shared.sql : undefined;
}

/**
 * What the application's tool gives to those who work in the request's transaction: a `pg` client, an `EntityManager`, …
 * Writes through it are committed with the answer, or not at all. Throws outside of a transactional route, and after its end.
 */
export function currentTransaction<Tx>(): Tx {
  const shared = current.getStore();
  if (!shared) throw new Error('There is no idempotency transaction here: set `transactional: true` for this route.');
  if (!shared.isOpen)
    throw new Error('The idempotency transaction of this request is over: await all work before the handler ends.');
  return shared.tx as Tx;
}

/** The same, or `undefined` where there is no transaction: for handlers that also serve requests without a key. */
export function currentTransactionIfAny<Tx>(): Tx | undefined {
  return current.getStore() && currentTransaction<Tx>();
}

/** Runs `work` in a transaction of `source`. Rejects with an `IdempotencyUnavailableError` if none has begun after `startMs`. */
export async function shareTransaction<T>(source: SqlSource, startMs: number, work: () => Promise<T>): Promise<T> {
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      const message = `No transaction could begin within ${startMs} ms: the pool has no connection to spare, or Postgres is down.`;
      reject(new IdempotencyUnavailableError(message));
    }, startMs);
  });
  let failed: { readonly error: unknown } | undefined;
  const done = source.transaction(async (sql, tx) => {
    clearTimeout(timer);
    // Its caller has been told that nothing ran, so nothing may.
    if (isLate) throw new IdempotencyUnavailableError('The transaction began too late.');
    const shared: SharedTransaction = { source, sql, tx, isOpen: true };
    try {
      return await current.run(shared, work);
    } catch (error) {
      failed = { error };
      throw error;
    } finally {
      shared.isOpen = false;
    }
  });
  try {
    return await Promise.race([done, late]);
  } catch (error) {
    // Tools wrap what they are given; the caller is owed the very error.
    throw failed ? failed.error : error;
  } finally {
    clearTimeout(timer);
  }
}
