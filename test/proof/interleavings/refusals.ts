/** No refusal without its cause. */
import { must } from './judge.js';
import type { Plan, PlannedDelivery } from './plan.js';

/** What went on around a refusal. */
export interface Around {
  readonly plan: Plan;
  readonly troubled: number;
  readonly lapses: number;
}

/** Throws a BrokenPromise where nothing explains that `delivery` was refused for `reason`. */
export function refusalIsDue(
  reason: string,
  { fingerprint, ends, passage }: PlannedDelivery,
  { plan, troubled, lapses }: Around,
): void {
  const somebody = (does: (one: PlannedDelivery) => boolean): boolean => plan.deliveries.some(does);
  switch (reason) {
    case 'running':
      return;
    case 'handler failed':
      // A stream that was given to who has left cannot be given to who tries again.
      must(
        ends === 'fails' || passage.breaksInside || passage.retries || passage.answers === 'then throws',
        'L3',
        'a handler failed that did not',
      );
      return;
    case 'declined':
      must(ends === 'declines', 'L3', 'a handler declined that did not');
      return;
    case 'timeout':
      must(passage.timesOut || passage.timesOutInside, 'L3', 'somebody gave up who does not');
      return;
    case 'fallback':
      must(passage.timesOutInside && passage.fallsBack, 'L3', 'somebody inside answered who does not');
      return;
    case 'intruder':
      must(passage.intrudes, 'L3', 'somebody intruded who does not');
      return;
    case 'mismatch':
      must(
        somebody((one) => one.fingerprint !== fingerprint),
        'S4',
        'a mismatch was told, but everybody asked the same',
      );
      return;
    case 'unknown':
    case 'tombstone':
      must(plan.afterLapse === 'unknown' && lapses > 0, 'S7', 'an outcome was called unknown without a lapse');
      return;
    case 'answer-not-kept':
      must(
        somebody((one) => getsInBetween(one)),
        'L3',
        'an answer was not kept, though nobody got in between',
      );
      return;
    case 'rolled-back':
      must(plan.isTransactional, 'S6', 'something was called rolled back outside of a transaction');
      must(passage.answers === 'then throws' || getsInBetween({ passage }), 'L3', 'a transaction was rolled back for nothing');
      return;
    case 'IdempotencyUnavailableError':
      must(troubled > 0, 'L3', 'the store was called unavailable, but nothing was wrong with it');
      return;
    default:
      must(false, 'L3', `refused for ${reason}`);
  }
}

function getsInBetween({ passage }: Pick<PlannedDelivery, 'passage'>): boolean {
  return (
    passage.leavesAfter !== undefined || passage.timesOut || passage.timesOutInside || passage.breaksInside || passage.intrudes
  );
}
