/** A regression: the cause of one row, put back as a change of the sources. */
import type { Mutant, Noticing } from '../mutant.js';
import type { Row } from './rows.js';

export interface Regression extends Mutant {
  readonly row: string;
}

/** Puts the causes of several rows back in one file. */
export const causesIn =
  <R extends string = Row>(file: string) =>
  (row: R, cause: string, from: string, to: string, by: Noticing): Regression => ({
    name: `${row}: ${cause}`,
    row,
    file,
    from,
    to,
    by,
  });

/** Names the tests of one spec. */
export const testsOf =
  (spec: string) =>
  (tests: string): Noticing => ({ spec, tests });
