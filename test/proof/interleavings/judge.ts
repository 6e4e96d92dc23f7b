/** Holds what a schedule came to against the promises. */
import type { Fault } from '@nestjs-idempotency/core';
import { executionIn } from './execution-in.js';
import { type Played, SLOT } from './play.js';
import { refusalIsDue } from './refusals.js';

/** A promise was broken; the message says how. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

export function must(holds: boolean, promise: string, what: string): void {
  if (!holds) throw new BrokenPromise(`${promise}: ${what}`);
}

const of = (faults: readonly Fault[], kind: Fault['kind']): number => faults.filter((fault) => fault.kind === kind).length;

/** Throws a BrokenPromise for the first promise that did not hold. */
export async function judge(played: Played): Promise<void> {
  const { plan, heard, effects, strays, faults, happened, records, troubled } = played;
  const held = await Promise.all(records.map((content) => executionIn(content, SLOT)));
  const [first, second] = held;
  const isRenderedLater = held.length === 2 && first?.kind === 'unrendered' && second?.kind === 'answer';
  must(held.length <= 1 || isRenderedLater, 'S1', `the slot held ${String(held.length)} records one after another`);
  must(!isRenderedLater || first.value === second?.value, 'S2', 'what was rendered later is of another execution');
  const kept = held.at(-1);
  const lapses = of(faults, 'lapsed');

  for (const { delivery, heard: told } of heard) {
    if (told.kind === 'refusal') {
      refusalIsDue(told.reason, delivery, { plan, troubled, lapses });
      continue;
    }
    const { value, how, shown } = told;
    must(effects.includes(value), plan.isTransactional ? 'S6' : 'S8', `a client was told ${value}, which had no effect`);
    const isOvertaken = how === 'deferred' && lapses > 0;
    must(how !== 'late' || delivery.passage.retries, 'L3', `a client was told ${value}, which was not kept as its answer`);
    // A retry outside renders what its handler gave, as the next request does with what was kept of it: a tombstone, or the value.
    const isUnrendered = how === 'late' && records.length > 0 && kept?.kind !== 'answer';
    if (isUnrendered)
      must(kept === undefined || kept.value === value, 'S2', `a client was told ${value}, the slot holds ${String(kept?.value)}`);
    else if (!isOvertaken)
      must(shown === kept?.shown, 'S2', `a client was told ${shown} (${how}), the slot holds ${String(kept?.shown)}`);
    if (how === 'replay' || how === 'superseded')
      must(kept?.fingerprint === delivery.fingerprint, 'S4', `a replay went to another fingerprint (${how})`);
  }

  must(new Set(effects).size === effects.length, 'S5', `one request ran twice: ${effects.join(', ')}`);
  // One that was told late that it had won, when its lease had lapsed already, runs beside each that comes after it.
  must(played.overlaps === 0 || lapses > 0, 'S3', 'two handlers ran at once under one live lease');
  must(!plan.isTransactional || !happened.has('ran again'), 'S6', 'a handler ran again in a transaction that was to be undone');
  must(strays.length === 0, 'S6', `${strays.join(', ')} had its effect outside of its transaction`);
  const excused = plan.isTransactional ? 0 : lapses;
  must(effects.length <= 1 + excused, 'S7', `${String(effects.length)} effects, ${String(excused)} reported lapses`);
  if (plan.afterLapse === 'unknown')
    must(effects.length <= 1, 'S7', `${String(effects.length)} effects although the route never runs again`);
  if (kept) must(effects.includes(kept.value), 'S8', `the slot holds ${kept.value}, which had no effect`);
  if (plan.isTransactional) must(effects.length === 0 || records.length > 0, 'S6', 'an effect was committed without a record');
  must(!played.isLeftHeld, 'L1', 'the slot was still held when everybody had gone');
  must(played.unended === 0, 'L3', `${String(played.unended)} turns never ended`);
  must(of(faults, 'unreadable') === 0, 'S9', 'a record was unreadable');
  must(of(faults, 'turn-failed') <= troubled, 'L3', 'a turn failed although nothing was wrong with the store');
  must(of(faults, 'callback-failed') === 0, 'L3', 'a callback failed');
}
