/** From samples to the figures of a table. Pure. */
import type { Row, Samples } from './race.js';

/** One line of a table: medians over the rounds; ratios are taken within a round, against the row it is divided by. */
export interface Figures {
  readonly name: string;
  readonly cpuMicros: number;
  readonly cpuRatio: number;
  readonly cpuRatioRange: readonly [least: number, most: number];
  readonly cpuMoreMicros: number;
  readonly perSecond: number;
  readonly throughputRatio: number;
}

/** The figures of every row, in the order of the rows. */
export function figures(rows: readonly Row[], samples: Samples): readonly Figures[] {
  return rows.map((row) => {
    const own = samples.get(row.name) ?? [];
    const base = samples.get(row.against ?? row.name) ?? [];
    const pairs = own.map((sample, round) => ({ sample, base: base[round] ?? sample }));
    const ratios = pairs.map((pair) => pair.sample.cpuMicros / pair.base.cpuMicros);
    return {
      name: row.name,
      cpuMicros: median(own.map((sample) => sample.cpuMicros)),
      cpuRatio: median(ratios),
      cpuRatioRange: [Math.min(...ratios), Math.max(...ratios)],
      cpuMoreMicros: median(pairs.map((pair) => pair.sample.cpuMicros - pair.base.cpuMicros)),
      perSecond: median(own.map((sample) => sample.perSecond)),
      throughputRatio: median(pairs.map((pair) => pair.sample.perSecond / pair.base.perSecond)),
    };
  });
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
