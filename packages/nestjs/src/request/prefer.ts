/** How long a client is willing to wait (RFC 7240, `Prefer: wait=N`). Pure. */
import type { Terms } from '@nestjs-idempotency/core';
import type { Exchange } from './exchange.js';

const WAIT = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i;

/** The milliseconds that the client asks to wait at most; `undefined` where it says nothing that can be read. Of several, the first counts. */
export function preferredWaitMs(prefer: string | readonly string[] | undefined): number | undefined {
  if (prefer === undefined) return undefined;
  for (const preference of (typeof prefer === 'string' ? prefer : prefer.join()).split(',')) {
    const seconds = WAIT.exec(preference)?.[1];
    if (seconds !== undefined) return Number(seconds) * 1_000;
  }
  return undefined;
}

/** What a route says of waiting. */
interface Waiting {
  readonly terms: Terms;
  readonly preferWaitAtMostMs: number;
}

/** The route's terms, with the wait that the client asks for where the route listens to it. */
export function termsFor({ request }: Pick<Exchange, 'request'>, { terms, preferWaitAtMostMs }: Waiting): Terms {
  if (preferWaitAtMostMs === 0) return terms;
  const preferred = preferredWaitMs(request.headers['prefer']);
  return preferred === undefined ? terms : { ...terms, waitMs: Math.min(preferred, preferWaitAtMostMs) };
}
