/** What the transactions of a request may be told by options of the tools: each tool has words of its own for them. */
import { kinds } from '@nestjs-idempotency/core';

/** The levels of Postgres in the words of a tool: its REPEATABLE READ is what others call SNAPSHOT. */
const levels = (...[committed, repeatable, serializable, ...more]: [string, string, string, ...string[]]): kinds.Kind =>
  kinds.oneOf([committed, repeatable, serializable, ...more], { snapshot: repeatable });

export const LEVEL = {
  small: levels('read committed', 'repeatable read', 'serializable', 'read uncommitted'),
  large: levels('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'),
  joined: levels('ReadCommitted', 'RepeatableRead', 'Serializable', 'ReadUncommitted'),
};

/** For an option by which a transaction becomes read-only, where `written` says that it is not. */
export const writing = (written: unknown): kinds.Kind => only(written, 'the record of a request is written in its transaction');

/** For an option that `why` takes out of the hands of the application. */
export const only = (allowed: unknown, why: string): kinds.Kind =>
  kinds.kind(`${shown(allowed)}, as ${why}`, (value) => value === allowed);

/** For an option that would give all requests one transaction, or one connection. */
export const ownEach: kinds.Kind = kinds.kind('left out, as each request has a transaction of its own', () => false);

const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));
