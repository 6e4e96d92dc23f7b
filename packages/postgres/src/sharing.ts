/** Runs a request in a transaction of the application's tool, in bounded time, and says truly how it ended. */
import { IdempotencyEndedError, IdempotencyHandlerError, IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { isConflict } from './conflict.js';
import { isRefusal, worded } from './postgres-error.js';
import { inside, outsideTransaction, type ServerTransaction, SharedTransaction } from './shared-transaction.js';
import type { SqlSource } from './sql-client.js';

/** How a transaction is begun, and how it is ended by force. */
export interface Sharing {
  readonly startMs: number;
  /** Ends the server's process if it still runs that very transaction. Never rejects. */
  readonly terminate: (transaction: ServerTransaction) => Promise<void>;
  /** Whether it is known to be committed. Never rejects. */
  readonly isCommitted: (transaction: ServerTransaction) => Promise<boolean>;
  /** When it fires, the transaction is ended at once. */
  readonly signal?: AbortSignal | undefined;
}

/** What the work was rejected with: tools wrap what they are given, and the caller is owed the very error. */
interface Failed {
  readonly error: unknown;
}

/** Runs `work` in a transaction of `source`. Rejects with an `IdempotencyUnavailableError` if none has begun after `startMs`. */
export async function shareTransaction<T>(source: SqlSource, sharing: Sharing, work: () => Promise<T>): Promise<T> {
  const { startMs, signal } = sharing;
  const start = new AbortController();
  const timer = setTimeout(() => {
    const message = `No transaction could begin within ${startMs} ms: the pool has no connection to spare, or Postgres is down.`;
    start.abort(new IdempotencyUnavailableError(message));
  }, startMs);
  let shared: SharedTransaction | undefined;
  let failed: Failed | undefined;
  let hasWorked = false;
  const done = outsideTransaction(() =>
    source.transaction(async (sql, tx) => {
      clearTimeout(timer);
      // Its caller has been told that nothing ran, so nothing may.
      start.signal.throwIfAborted();
      shared = new SharedTransaction(source, sql, tx);
      try {
        const worked = await untilForced(shared, sharing, work);
        hasWorked = true;
        return worked;
      } catch (error) {
        failed = { error };
        throw error;
      } finally {
        shared.isOpen = false;
        shared.session?.close();
      }
    }),
  );
  // The tool gives the connection back before it settles, also where nobody waits for it any more.
  const left = (): void => shared?.session?.leave();
  done.then(left, left);
  try {
    const answer = await Promise.race([done, fired(start.signal), ...(signal ? [fired(signal)] : [])]);
    if (shared?.session?.isCommitted === false) throw notCommitted();
    return answer;
  } catch (error) {
    // Also where the work is done and the tool waits for its commit, or its rollback.
    if (signal?.aborted) shared?.session?.destroy();
    if (shared && (await mayStand(shared, hasWorked, sharing))) throw endedByItself();
    if (signal?.aborted) throw signal.reason;
    throw causeOf(error, failed, shared);
  } finally {
    clearTimeout(timer);
  }
}

/** What `work` comes to, unless it is ended before: then its connection is gone when the tool is told so. */
async function untilForced<T>(shared: SharedTransaction, { signal, terminate }: Sharing, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  await shared.watch();
  const working = inside(shared, work);
  if (!signal) return working;
  const forced = fired(signal).catch(async (reason: unknown) => {
    shared.isOpen = false;
    shared.session?.destroy();
    // A statement that runs holds its locks until the server notices that nobody listens; a tool that hides its connection would
    // give it back while the handler still writes on it.
    if (shared.server) await terminate(shared.server);
    throw reason;
  });
  return Promise.race([working, forced]);
}

/** Rejects with the reason when `signal` fires. */
function fired(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const tell = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

/** What the caller is told. */
function causeOf(error: unknown, failed: Failed | undefined, shared: SharedTransaction | undefined): unknown {
  const told = failed ? failed.error : error;
  if (shared?.session?.isBroken && !isConflict(told)) {
    const outcome = failed ? 'all of it is rolled back' : 'whether it was committed is not known';
    return new IdempotencyUnavailableError(`The connection of the transaction was lost before its end: ${outcome}.`);
  }
  if (failed || isConflict(told)) return told;
  if (shared && isRefusal(told)) {
    const message = 'The database refused the effect of the handler when it was to be committed: all of it is rolled back.';
    return new IdempotencyHandlerError(message, { cause: told });
  }
  return worded(told, shared ? 'the commit' : 'the beginning of a transaction');
}

/** Whether something of a transaction that is not committed as a whole is, or may be, committed. */
async function mayStand(shared: SharedTransaction, hasWorked: boolean, { isCommitted }: Sharing): Promise<boolean> {
  const { session, server, isAnother } = shared;
  // What the tool commits after the work is whole.
  if (session?.isHeard) return session.hasCommitted && !(hasWorked && session.isCommitted);
  // Of a connection that is hidden the server still knows how the transaction ended; of what came after it, nobody does.
  if (isAnother) return true;
  return !hasWorked && server !== undefined && (await isCommitted(server));
}

const endedByItself = (): Error =>
  new IdempotencyEndedError(
    'The handler ended its transaction itself, by COMMIT, so what it did may stand: it is not run again, and its answer is not kept. Leave COMMIT and ROLLBACK to the library, or use a savepoint.',
  );

const notCommitted = (): Error =>
  new IdempotencyHandlerError(
    'The transaction was not committed as a whole: a statement that the handler did not await failed, or it sent COMMIT or ROLLBACK itself.',
  );
