/** Requests at once must not share a connection: a BEGIN inside of another is none, and the first COMMIT would be that of all. */
import { branded } from '@nestjs-idempotency/core';

/** What of a pool, and of a client of `pg`, of whichever copy of it, tells one from the other. */
interface Shape {
  readonly totalCount?: unknown;
  readonly getTypeParser?: unknown;
}

/** What was given for a source cannot be one; says what to give. */
export class WrongSourceError extends TypeError {
  static {
    branded(this, 'WrongSourceError');
  }
}

export const isPool = (driver: unknown): boolean => typeof (driver as Shape | null | undefined)?.totalCount === 'number';

/** Throws a `WrongSourceError` where `driver` is one connection, a `Client` or a `PoolClient`; `cure` says what to give. */
export function refuseClient(driver: unknown, cure: string): void {
  if (isPool(driver) || typeof (driver as Shape | null | undefined)?.getTypeParser !== 'function') return;
  throw oneConnection('a client of `pg`', cure);
}

export const oneConnection = (what: string, cure: string): WrongSourceError =>
  new WrongSourceError(
    `postgres: ${what} is one connection, on which the transactions of requests at once would run into one another. ${cure}`,
  );
