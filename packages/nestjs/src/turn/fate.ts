/** Asks the policy of a route, where the table leaves a fate to it. */
import { HttpException } from '@nestjs/common';
import type { KeepRule } from '../settings/keep-rule.js';
import { isThenable } from '@nestjs-idempotency/core';
import { type Captured, statusOf } from '../wire/answer.js';
import type { HandlerFacts } from './handler-run.js';
import type { Fate, Ruling, Terms } from './ruling.js';

/** What asks, and whom. */
export interface Asking {
  readonly terms: Terms;
  readonly keep: KeepRule;
  /** A callback of the application threw. */
  readonly onFailed: (callback: string, cause: unknown) => void;
}

/**
 * The fate that `ruling` leaves to the policy; `captured` is what left of the handler, if anything did. A policy that throws, or does
 * not answer at once, buries what ran, since nobody knows what it would have said.
 */
export function fateUnder(
  { kept, otherwise }: Ruling,
  { keep, terms, onFailed }: Asking,
  facts: HandlerFacts,
  captured: Captured | undefined,
): Fate {
  if (kept === otherwise) return kept;
  const error = facts.kind === 'threw' ? facts.error : undefined;
  try {
    const says: unknown = keep({ status: statusFor(facts, captured), error });
    if (!isThenable(says)) return says ? kept : otherwise;
    Promise.resolve(says).catch(() => undefined);
    throw new TypeError('`keep` must answer at once, with true or false; it returned a promise.');
  } catch (cause) {
    onFailed('keep', cause);
    return terms.manual ? 'release' : 'tombstone';
  }
}

function statusFor(facts: HandlerFacts, captured: Captured | undefined): number {
  if (captured !== undefined) return statusOf(captured);
  if (facts.kind === 'returned') return facts.status;
  return facts.kind === 'threw' && facts.error instanceof HttpException ? facts.error.getStatus() : 500;
}
