/** What can be kept of a handler of which nothing was rendered. Pure. */
import type { UnrenderedRecord } from '@nestjs-idempotency/core';
import { type Around, recordOfError, recordOfValue } from '../unsent/unrendered.js';
import type { HandlerFacts } from './handler-run.js';

/** What is known of the answers around a handler. */
export interface Beside {
  /** The route answers by itself: what its handler returns is nobody's answer. */
  readonly byItself: boolean;
  /** The status of an answer that the handler may have written while it ran, past what it returned. */
  readonly wrote: number | undefined;
}

/** The record of what a handler returned or threw; `undefined` where it would not come back as it is, or was answered otherwise. */
export function unrenderedOf(
  facts: HandlerFacts,
  around: Omit<Around, 'status'>,
  { byItself, wrote }: Beside,
): UnrenderedRecord | undefined {
  if (facts.kind === 'threw') return recordOfError(facts.error, { ...around, status: 500 });
  if (facts.kind !== 'returned' || byItself) return undefined;
  // Which of them are given again, and to whom, nobody outside could tell.
  if (facts.several) return undefined;
  // A handler that wrote to the response by itself returns nothing of what it wrote.
  if (wrote !== undefined && (facts.value === undefined || wrote < 400)) return undefined;
  return recordOfValue(facts.value, { ...around, status: facts.status });
}
