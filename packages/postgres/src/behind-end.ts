/**
 * The moment between the end of a transaction and the return of its connection to the pool. Tools know that it is over when COMMIT is
 * answered; what somebody asks of them while it is under way would be sent behind it, and be committed by itself.
 */
import { refuse } from './lent-client.js';

interface Asked {
  query?: unknown;
}

/** The end of a transaction as tools and drivers write it. */
const END = /^\s*(COMMIT|ROLLBACK)\s*;?\s*$/i;

/** From now on nothing is sent on `connection` behind a COMMIT or ROLLBACK. Gives what takes that back, for when the tool's pool has it. */
export function closeBehindEnd(connection: object): () => void {
  const asked = connection as Asked;
  const { query } = asked;
  if (typeof query !== 'function') return () => undefined;
  const own = Object.getOwnPropertyDescriptor(connection, 'query');
  let isEnded = false;
  asked.query = (...given: readonly unknown[]): unknown => {
    const isEnd = END.test(textOf(given[0]));
    if (isEnded && !isEnd) return refuse(given);
    isEnded ||= isEnd;
    return Reflect.apply(query, connection, given) as unknown;
  };
  return () => {
    if (own) Object.defineProperty(connection, 'query', own);
    else delete asked.query;
  };
}

function textOf(question: unknown): string {
  const text = typeof question === 'string' ? question : (question as { text?: unknown } | null | undefined)?.text;
  return typeof text === 'string' ? text : '';
}
