/** What a client heard, from what came and how the library says that it ended. */
import type { RequestOutcome } from 'nestjs-idempotency';
import { allOf, valueShown } from './execution-in.js';
import type { Heard, How } from './play.js';
import type { Came } from './site.js';

const OWN: Partial<Record<RequestOutcome, How>> = { executed: 'kept', deferred: 'deferred', unrendered: 'late', unkept: 'late' };
const AGAIN: typeof OWN = { replayed: 'replay', superseded: 'superseded' };

/** What the engine calls the refusals that clients are told by other names. */
const REASONS: Readonly<Record<string, string>> = {
  'in-progress': 'running',
  'key-reused': 'mismatch',
  'outcome-unknown': 'unknown',
  'store-unavailable': 'IdempotencyUnavailableError',
};

/** `outcomes` are those of all its turns: one that tries again has several. */
export function heardIn(came: Came, outcomes: readonly RequestOutcome[], isTransactional: boolean): Heard {
  const { status, isReplay, body } = came;
  const value = valueShown(came);
  if (value !== undefined) {
    const words = isReplay ? AGAIN : OWN;
    const how = outcomes.map((outcome) => words[outcome]).find((word) => word !== undefined);
    if (how) return { kind: 'answer', value, shown: allOf(came), how };
    if (status === 402 && isTransactional && outcomes.includes('released')) return { kind: 'refusal', reason: 'declined' };
    return {
      kind: 'refusal',
      reason: `an answer that was called ${outcomes.join(', ')}${isReplay ? ', marked as a replay' : ''}`,
    };
  }
  if (status === 408) return { kind: 'refusal', reason: 'timeout' };
  const { reason } = JSON.parse(body) as { reason?: string };
  if (reason === undefined && status === 500) return { kind: 'refusal', reason: 'handler failed' };
  return { kind: 'refusal', reason: REASONS[String(reason)] ?? String(reason ?? `${String(status)} ${body}`) };
}
