/**
 * The moment between the end of a transaction and the return of its connection to the pool. Tools know that it is over when COMMIT is
 * answered; what somebody asks of them while it is under way would be sent behind it, and be committed by itself.
 */
import { refuse } from './turn-client.js';

interface Asked {
  query?: unknown;
  /** Made anew by the pool of `pg` whenever it lends the client. Other pools are those of Knex, which needs none of this. */
  readonly release?: unknown;
}

/** The end of a transaction as tools and drivers write it. */
const END = /^\s*(COMMIT|ROLLBACK)\s*;?\s*$/i;

/**
 * From now on nothing is sent on `connection` behind a COMMIT or ROLLBACK, until it is lent to another one, who may be waiting for it and
 * asks at once. Gives what takes that back.
 */
export function closeBehindEnd(connection: object): () => void {
  const asked = connection as Asked;
  const { query, release } = asked;
  if (typeof query !== 'function' || release === undefined) return () => undefined;
  const own = Object.getOwnPropertyDescriptor(connection, 'query');
  let isEnded = false;
  const closed = (...given: readonly unknown[]): unknown => {
    if (asked.release !== release) reopen();
    else if (END.test(textOf(given[0]))) isEnded = true;
    else if (isEnded) return refuse(given);
    return Reflect.apply(query, connection, given) as unknown;
  };
  const reopen = (): void => {
    if (asked.query !== closed) return;
    if (own) Object.defineProperty(connection, 'query', own);
    else delete asked.query;
  };
  asked.query = closed;
  return reopen;
}

function textOf(question: unknown): string {
  const text = typeof question === 'string' ? question : (question as { text?: unknown } | null | undefined)?.text;
  return typeof text === 'string' ? text : '';
}
