/** What it means that a save in the handler's own transaction was refused: Postgres names only the statement that came too late. */
import { IdempotencyHandlerError } from '@nestjs-idempotency/core';
import { PostgresError } from './postgres-error.js';

/** By SQLSTATE: what the handler has left the transaction in, and the cure. */
const LEFT: Readonly<Record<string, (table: string) => string>> = {
  '25P02': () =>
    'A database error in the handler was caught, but it had aborted the transaction: let it go up, or use a savepoint.',
  '42501': (table) =>
    `The role in which the handler left the transaction may not write ${table} (42501): GRANT SELECT, INSERT, UPDATE on it to that role, or RESET ROLE before the handler ends.`,
};

/** Awaits a save into `table`; rejects with an `IdempotencyHandlerError` where the same request would fail again. */
export async function clearly<T>(saving: Promise<T>, table: string): Promise<T> {
  try {
    return await saving;
  } catch (error) {
    const left = error instanceof PostgresError ? LEFT[error.code ?? ''] : undefined;
    throw left ? new IdempotencyHandlerError(left(table)) : error;
  }
}
