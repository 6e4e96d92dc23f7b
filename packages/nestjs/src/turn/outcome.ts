/** What a handler's answer becomes: a record, a tombstone, or nothing. Pure. */
import type { KeptRecord } from '@nestjs-idempotency/core';
import type { Captured } from '../wire/answer.js';
import type { KeepRule } from '../settings/keep-rule.js';

/** What is known when an answer is about to leave. */
export interface Ended {
  readonly captured: Captured;
  /** The handler was reached: guards, pipes and throttlers let the request through. */
  readonly began: boolean;
  readonly threw: boolean;
  readonly error: unknown;
  /** The status that stood on the response when the handler returned; absent where it answered before it did. */
  readonly statusAtReturn: number | undefined;
}

/** What to do with the slot. */
export type Disposal = { readonly kind: 'keep'; readonly record: KeptRecord } | { readonly kind: 'give-up' };

const GIVE_UP: Disposal = { kind: 'give-up' };

/**
 * An answer that cannot be kept although its handler succeeded leaves a tombstone, so that its effect is not run again;
 * in a transaction it is undone instead, unless the client is still given a whole answer. A manual handler's kept answer is
 * never replaced by a tombstone.
 */
export function disposalOf(
  ended: Ended,
  fingerprint: string,
  keeps: KeepRule,
  { transactional, manual }: { transactional: boolean; manual: boolean },
): Disposal {
  const { captured, began, threw, error, statusAtReturn } = ended;
  const status = captured.kind === 'answer' ? captured.answer.status : captured.status;
  const tombstone: Disposal = manual ? GIVE_UP : { kind: 'keep', record: { kind: 'tombstone', fingerprint, loss: 'unkept' } };
  if (!began) return GIVE_UP;
  // To keep an error would commit the half of the effect that came before it; undone, the request may simply run again.
  if (threw && transactional) return GIVE_UP;
  // The handler returned and somebody behind it, a serializer or a filter, made an error of it.
  if (!threw && status >= 400 && statusAtReturn !== undefined && statusAtReturn < 400) return transactional ? GIVE_UP : tombstone;
  if (!keeps({ status, error })) return GIVE_UP;
  if (captured.kind === 'answer') return { kind: 'keep', record: { kind: 'answer', fingerprint, answer: captured.answer } };
  return captured.kind === 'broken' && transactional ? GIVE_UP : tombstone;
}
