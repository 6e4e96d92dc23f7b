/** Plays many schedules, and finds one that breaks a promise if there is one among them. */
import fc from 'fast-check';
import { judge } from './judge.js';
import { anyPlan } from './plan.js';
import type { Player } from './play.js';
import { reached } from './reached.js';

/** What a search came to. */
export interface Search {
  readonly schedules: number;
  readonly seed: number;
  /** How often each rare thing happened. */
  readonly reached: Readonly<Record<string, number>>;
  /** The smallest schedule found that breaks a promise, with the seed and path that repeat it. */
  readonly broken?: string;
}

/** Plays `schedules` schedules. The same seed plays the same ones. */
export async function searchInterleavings(play: Player, schedules: number, seed = Date.now() % 2 ** 31): Promise<Search> {
  const counts: Record<string, number> = {};
  const property = fc.asyncProperty(fc.scheduler(), anyPlan, async (scheduler, plan) => {
    const played = await play(scheduler, plan);
    for (const name of await reached(played)) counts[name] = (counts[name] ?? 0) + 1;
    await judge(played);
  });
  const details = await fc.check(property, { numRuns: schedules, seed, endOnFailure: false });
  const found = { schedules: details.numRuns, seed, reached: counts };
  if (!details.failed) return found;
  const how = (await fc.asyncDefaultReportMessage(details)) ?? '';
  return { ...found, broken: `${String(details.errorInstance)}\n${how}` };
}
