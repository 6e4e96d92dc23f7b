/** Figures as Markdown. Pure. */
import type { Figures } from './figures.js';

/** A table of any cells; the first column is text, the others are figures. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...lines.map(row)].join('\n');
}

/** The table of one race, with `more` columns: a cell for each row's name. */
export function raceTable(lines: readonly Figures[], more: Readonly<Record<string, ReadonlyMap<string, string>>> = {}): string {
  return table(
    ['', 'CPU per request', 'ratio', 'least-most', 'more CPU', 'requests/s', 'ratio', ...Object.keys(more)],
    lines.map((line) => [
      line.name,
      `${line.cpuMicros.toFixed(0)} µs`,
      `${line.cpuRatio.toFixed(2)} ×`,
      line.cpuRatioRange.map((ratio) => ratio.toFixed(2)).join('-'),
      `${line.cpuMoreMicros.toFixed(0)} µs`,
      line.perSecond.toFixed(0),
      `${line.throughputRatio.toFixed(2)} ×`,
      ...Object.values(more).map((cells) => cells.get(line.name) ?? ''),
    ]),
  );
}
