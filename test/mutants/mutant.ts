/** What a mutant is: one mistake in one place, and the tests that must notice it. */

/** Tests that see a mistake: as narrow as they can be, since each mutant is a run of its own. */
export interface Noticing {
  /** A spec, from the root of the repository. */
  readonly spec: string;
  /** Only the tests with this in their names, as `jest -t` takes it. */
  readonly tests?: string;
}

/** A mistake that somebody could make, as a change of the sources. */
export interface Mutant {
  /** What the mistaken library does. */
  readonly name: string;
  /** The file, from the root of the repository. */
  readonly file: string;
  /** What stands there, exactly once. */
  readonly from: string;
  readonly to: string;
  /** What is run; one of its tests must fail. */
  readonly by: Noticing;
}

/** Names the tests of several mutants of one file at once; one of them may name others. */
export const mutantsOf =
  (file: string, by: Noticing) =>
  (name: string, from: string, to: string, instead: Noticing = by): Mutant => ({ name, file, from, to, by: instead });
