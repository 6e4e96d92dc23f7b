/** Refuses a request through Nest's filters, before its handler ran. */
import { IdempotencyException, type Problem, type Reason } from '../problems.js';
import type { Exchange } from '../request/exchange.js';
import { rawOf } from '../wire/platform.js';

/** The exception that says `problem`, whose headers are put on the response for it. */
export function refusal({ response }: Exchange, reason: Reason, problem: Problem): IdempotencyException {
  // Somebody outside may have answered while the slot was looked up, and a header that comes late is thrown back.
  if (!rawOf(response).headersSent) for (const [name, value] of problem.headers) response.header(name, value);
  return new IdempotencyException(reason, problem);
}
