/** One row of the proof: a promise, the command that checks it, and the figure that the command ended with. */

/** What is run. */
export interface Row {
  readonly title: string;
  /** The promises it supports, by their numbers. */
  readonly promises: string;
  readonly command: string;
  /** Runs beside the others, as a machine has two cores; the other rows run one after another. */
  readonly isBeside?: boolean;
  /** A smaller version of the same, for `--short`. */
  readonly short?: string;
  /** Finds the figure in what was printed. By default it is the last line. */
  readonly figure?: (printed: string) => string;
}

/** What came of it. */
export interface RowOutcome {
  readonly row: Row;
  readonly command: string;
  readonly isProven: boolean;
  readonly figure: string;
  readonly seconds: number;
}

/** The last line that says something. */
export const lastLine = (printed: string): string => printed.trimEnd().split('\n').at(-1)?.trim() ?? '';

/** What Jest counted. */
export const jestCount = (printed: string): string => {
  const suites = /^Test Suites: +(.*)$/m.exec(printed)?.[1] ?? 'no suites';
  const tests = /^Tests: +(.*)$/m.exec(printed)?.[1] ?? 'no tests';
  return `tests: ${tests}; files: ${suites}`;
};

const KILL_ROWS = [
  'processes killed with -9',
  'requests',
  'keys with more than one effect',
  'answers without their effect',
  'keys whose answers differ',
];

/** The rows of the kill campaigns' table that count, one figure for each campaign in their order. */
export function killFigures(printed: string): string {
  const cells = printed.split('\n').map((line) => line.split('|').map((cell) => cell.replaceAll('*', '').trim()));
  const found = cells.filter(([, name = '']) => KILL_ROWS.some((wanted) => name.startsWith(wanted)));
  return (
    found.map(([, name, ...values]) => `${name}: ${values.filter((value) => value !== '').join(' / ')}`).join('; ') ||
    'no figures'
  );
}
