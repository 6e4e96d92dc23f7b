/** Holds what a schedule came to against the promises. */
import type { Fault } from '@nestjs-idempotency/core';
import type { PlannedDelivery } from './plan.js';
import { executionIn, type Heard, type Played } from './play.js';

/** A promise was broken; the message says how. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

function must(holds: boolean, promise: string, what: string): void {
  if (!holds) throw new BrokenPromise(`${promise}: ${what}`);
}

const of = (faults: readonly Fault[], kind: Fault['kind']): number => faults.filter((fault) => fault.kind === kind).length;

/** Throws a BrokenPromise for the first promise that did not hold. */
export async function judge({ plan, heard, effects, faults, records, troubled, isLeftHeld }: Played): Promise<void> {
  const held = await Promise.all(records.map(executionIn));
  const [first, second] = held;
  const isRenderedLater = held.length === 2 && first?.kind === 'unrendered' && second?.kind === 'answer';
  must(held.length <= 1 || isRenderedLater, 'S1', `the slot held ${String(held.length)} records one after another`);
  must(!isRenderedLater || first.value === second.value, 'S2', 'what was rendered later is of another execution');
  const kept = held.at(-1);
  const lapses = of(faults, 'lapsed');

  for (const { delivery, heard: told } of heard) {
    if (told.kind === 'refusal') {
      refusalIsDue(
        told,
        plan.deliveries.some(({ fingerprint }) => fingerprint !== delivery.fingerprint),
        { plan, delivery, troubled, lapses },
      );
      continue;
    }
    const { value, how } = told;
    must(effects.includes(value), 'S8', `a client was told ${value}, which had no effect`);
    const isOvertaken = how === 'deferred' && lapses > 0;
    if (!isOvertaken)
      must(value === kept?.value, 'S2', `a client was told ${value} (${how}), the slot holds ${String(kept?.value)}`);
    if (how === 'replay' || how === 'superseded')
      must(kept?.fingerprint === delivery.fingerprint, 'S4', `a replay went to another fingerprint (${how})`);
  }

  must(new Set(effects).size === effects.length, 'S5', `one request ran twice: ${effects.join(', ')}`);
  must(effects.length <= 1 + lapses, 'S7', `${String(effects.length)} effects, ${String(lapses)} reported lapses`);
  if (plan.afterLapse === 'unknown')
    must(effects.length <= 1, 'S7', `${String(effects.length)} effects although the route never runs again`);
  if (kept) must(effects.includes(kept.value), 'S8', `the slot holds ${kept.value}, which had no effect`);
  must(!isLeftHeld, 'L1', 'the slot was still held when everybody had gone');
  must(of(faults, 'unreadable') === 0, 'S9', 'a record was unreadable');
}

interface Reasons {
  readonly plan: Played['plan'];
  readonly delivery: PlannedDelivery;
  readonly troubled: number;
  readonly lapses: number;
}

/** No refusal without its cause. */
function refusalIsDue(
  { reason }: Heard & { kind: 'refusal' },
  isOtherAsked: boolean,
  { plan, delivery, troubled, lapses }: Reasons,
): void {
  switch (reason) {
    case 'running':
      return;
    case 'handler failed':
      must(delivery.fails, 'L3', 'a handler failed that did not');
      return;
    case 'timeout':
      must(delivery.timesOut, 'L3', 'somebody outside gave up who does not');
      return;
    case 'mismatch':
      must(isOtherAsked, 'S4', 'a mismatch was told, but everybody asked the same');
      return;
    case 'unknown':
    case 'tombstone':
      must(plan.afterLapse === 'unknown' && lapses > 0, 'S7', 'an outcome was called unknown without a lapse');
      return;
    case 'IdempotencyUnavailableError':
      must(troubled > 0, 'L3', 'the store was called unavailable, but nothing was wrong with it');
      return;
    default:
      throw new BrokenPromise(`L3: refused for ${reason}`);
  }
}

/** The rare things that happened, by name: a search that never reaches them proves nothing. */
export function reached({ plan, heard, faults, effects }: Played): string[] {
  const isUnheard = plan.killAfter === undefined && heard.length <= plan.deliveries.length;
  const told = heard.map(({ heard: one }) => (one.kind === 'answer' ? one.how : one.reason));
  return [
    ...new Set([
      ...told,
      ...faults.map(({ kind }) => kind),
      ...(effects.length > 1 ? ['second effect'] : []),
      ...(isUnheard ? ['left'] : []),
    ]),
  ];
}
