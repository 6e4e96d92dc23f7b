/** The verdict: what becomes of a request, given what was found in its slot. Pure and total; the definition of the library. */
import type { Claim } from './ports.js';
import type { Answer, KeptRecord, ReadRecord, UnrenderedRecord } from './record.js';

/** What was found when the slot was opened: its record if it holds one, and the claim if one was asked for. */
export interface Found {
  readonly record?: ReadRecord | undefined;
  readonly claim?: Claim | undefined;
  /** There is no room for a slot that holds nothing yet. */
  readonly isFull?: boolean | undefined;
}

/** What the route wants: manual mode runs the handler beside a record; after a lapse it runs again or says that nobody knows. */
export interface Wish {
  readonly manual: boolean;
  readonly afterLapse: 'reexecute' | 'unknown';
}

/** Why a request is neither executed nor replayed. */
export type Refusal = 'mismatch' | 'running' | 'unkept' | 'unknown' | 'unreadable' | 'full';

export type Verdict =
  | { readonly kind: 'execute'; readonly attempt: number; readonly kept: KeptRecord | undefined }
  | { readonly kind: 'replay'; readonly answer: Answer }
  /** The slot holds what was never rendered, and it is ours alone: render it. */
  | { readonly kind: 'render'; readonly record: UnrenderedRecord }
  /** The same, but the slot was not asked for: ask, also though it holds a record, so that no two duplicates render differently. */
  | { readonly kind: 'claim' }
  | { readonly kind: 'reject'; readonly reason: Refusal; readonly retryAfterMs?: number };

/** What to do with a request whose fingerprint is `asked`. A mismatch wins over everything but a record that cannot be read. */
export function decide(asked: string, { record, claim, isFull }: Found, wish: Wish): Verdict {
  if (record?.kind === 'unreadable') return { kind: 'reject', reason: 'unreadable' };
  if (record && record.fingerprint !== asked) return { kind: 'reject', reason: 'mismatch' };
  if (record && !wish.manual) {
    if (record.kind === 'answer') return { kind: 'replay', answer: record.answer };
    if (record.kind === 'tombstone') return { kind: 'reject', reason: record.loss };
    if (!claim) return { kind: 'claim' };
    // However many lapsed: who renders repeats no effect.
    if (claim.kind === 'won') return { kind: 'render', record };
  }

  if (isFull) return { kind: 'reject', reason: 'full' };
  if (claim?.kind !== 'won') {
    // A record says what was asked; who holds the slot beside it with something else is refused as well.
    if (!record && claim?.fingerprint !== undefined && claim.fingerprint !== asked) return { kind: 'reject', reason: 'mismatch' };
    return { kind: 'reject', reason: 'running', retryAfterMs: claim?.leftMs ?? 0 };
  }

  if (!record && claim.attempt > 1 && wish.afterLapse === 'unknown') return { kind: 'reject', reason: 'unknown' };
  return { kind: 'execute', attempt: claim.attempt, kept: record };
}
