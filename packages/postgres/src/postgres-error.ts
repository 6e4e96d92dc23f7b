/** Errors that leave this package: typed, and without a word of the driver, which repeats statements and their values. */
import {
  branded,
  IdempotencyConflictError,
  IdempotencyHandlerError,
  IdempotencyUnavailableError,
} from '@nestjs-idempotency/core';
import { type ErrorFacts, factsOf } from './driver-error.js';
import { WrongSourceError } from './one-connection.js';
import type { SqlClient } from './sql-client.js';

/** A statement of the library, or the beginning or end of its transaction, failed. */
export class PostgresError extends IdempotencyUnavailableError implements ErrorFacts {
  static {
    branded(this, 'PostgresError');
  }

  override readonly name = 'PostgresError';
  readonly code?: string;
  readonly severity?: string;
  readonly routine?: string;
  readonly tool?: string;

  constructor(what: string, facts: ErrorFacts) {
    const { code = 'without a code', severity, routine, tool } = facts;
    const where = [severity, routine, tool && `by way of ${tool}`].filter(Boolean).join(', ');
    super(`Postgres: ${what} failed, ${code}${where && ` (${where})`}.`);
    Object.assign(this, facts);
  }
}

/** `error` in our words. Its text, its statement and its values are left behind; what is ours already stays. */
export function worded(error: unknown, what: string): Error {
  const known = [IdempotencyUnavailableError, IdempotencyConflictError, IdempotencyHandlerError, WrongSourceError];
  const isOurs = known.some((kind) => error instanceof kind);
  return isOurs ? (error as Error) : new PostgresError(what, factsOf(error));
}

/** `sql` for statements of our own. */
export const ours = (sql: SqlClient): SqlClient => ({
  async query(text, values) {
    try {
      return await sql.query(text, values);
    } catch (error) {
      throw worded(error, 'a statement of the library');
    }
  },
});

/** Classes of what a statement itself is refused for: bad values, constraints, what a trigger raised, a view that checks. */
const REFUSALS = ['22', '23', 'P0', '44'];

/** Whether the database refused what it was asked to write, so that it would refuse it again. */
export function isRefusal(error: unknown): boolean {
  const { code = '' } = factsOf(error);
  return /^[0-9A-Z]{5}$/.test(code) && REFUSALS.includes(code.slice(0, 2));
}
