/** How a request is refused, and why one that could not be brought to its end is. */
import { IdempotencyEndedError, IdempotencyHandlerError } from '@nestjs-idempotency/core';
import { ENDED_BY_ITSELF, IdempotencyException, type Problem, type Reason } from '../problems.js';
import type { Exchange } from '../request/exchange.js';
import { announce } from '../wire/announced.js';
import { UnsendableAnswerError } from '../wire/fit.js';

/** The exception that says `problem`, whose headers go with its body, whoever renders it. */
export function refusal({ response }: Exchange, reason: Reason, problem: Problem): IdempotencyException {
  announce(response, problem);
  return new IdempotencyException(reason, problem);
}

/** What a client is told of a turn that ended in `error`; `isConflict` says that the store lost against another one. */
export function failureOf(error: unknown, isConflict: boolean): Reason {
  if (isConflict) return 'conflict';
  if (error instanceof UnsendableAnswerError) return 'record-unreadable';
  if (error instanceof IdempotencyEndedError) return 'outcome-unknown';
  return error instanceof IdempotencyHandlerError ? 'rolled-back' : 'store-unavailable';
}

/** What a client is told beyond the reason; `undefined` where the reason says it all. */
export const detailOf = (error: unknown): string | undefined =>
  error instanceof IdempotencyEndedError ? ENDED_BY_ITSELF : undefined;
