/** From samples to the difference between two revisions, and how sure it is. Pure. */
import { median } from './figures.js';
import type { Sample } from './race.js';

/** Processes of the same code that differ by more than this say nothing about a difference between two revisions. */
export const TELLING = 0.15;

/** What one kind of request costs at two revisions. */
export interface Comparison {
  /** CPU divided by the bare route's of the same round: the median of each process, from the cheapest process on. */
  readonly here: readonly number[];
  readonly there: readonly number[];
  /** By how much processes of the same code differ: 0.08 where the dearest took 8 % more than the cheapest. */
  readonly sameCode: number;
  /** What this revision takes of what the other one takes. */
  readonly ratio: number;
  /** A difference is one where each process of the one revision took less than each of the other. */
  readonly verdict: 'faster' | 'slower' | 'not told apart' | 'too busy to tell';
}

/** The samples of one process, one for each round. */
type Process = readonly Sample[];

/** Compares processes of `here` with processes of `there`, all measured in the same rounds as those of the bare route. */
export function compare(bare: readonly Process[], here: readonly Process[], there: readonly Process[]): Comparison {
  const bareMicros = (round: number): number => median(bare.flatMap((process) => process[round]?.cpuMicros ?? []));
  const costOf = (process: Process): number => median(process.map(({ cpuMicros }, round) => cpuMicros / bareMicros(round)));
  const sides = [here, there].map((processes) => processes.map(costOf).sort((a, b) => a - b));
  const [ours = [], theirs = []] = sides;
  const sameCode = Math.max(...sides.map((costs) => last(costs) / first(costs))) - 1;
  return {
    here: ours,
    there: theirs,
    sameCode,
    ratio: median(ours) / median(theirs),
    verdict: verdictOn(ours, theirs, sameCode),
  };
}

function verdictOn(here: readonly number[], there: readonly number[], sameCode: number): Comparison['verdict'] {
  if (!(sameCode <= TELLING)) return 'too busy to tell';
  if (last(here) < first(there)) return 'faster';
  return first(here) > last(there) ? 'slower' : 'not told apart';
}

const first = (costs: readonly number[]): number => costs[0] ?? Number.NaN;
const last = (costs: readonly number[]): number => costs.at(-1) ?? Number.NaN;
