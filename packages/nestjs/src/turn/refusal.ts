/** Refuses a request through Nest's filters, before its handler ran. */
import { IdempotencyException, type Problem, type Reason } from '../problems.js';
import type { Exchange } from '../request/exchange.js';
import { announce } from '../wire/announced.js';

/** The exception that says `problem`, whose headers go with its body, whoever renders it. */
export function refusal({ response }: Exchange, reason: Reason, problem: Problem): IdempotencyException {
  announce(response, problem);
  return new IdempotencyException(reason, problem);
}
