/** What a mutant is: one mistake in one place, and the specs that must notice it. */

/** A mistake that somebody could make, as a change of the sources. */
export interface Mutant {
  /** What the mistaken library does. */
  readonly name: string;
  /** The file, from the root of the repository. */
  readonly file: string;
  /** What stands there, exactly once. */
  readonly from: string;
  readonly to: string;
  /** Which specs are run; one of their tests must fail. */
  readonly specs: readonly string[];
}

/** Specs that see a mistake in the core. */
export const CORE_SPECS = ['packages/core/src', 'test/contract/memory', 'test/proof/interleavings'];

/** Names the specs of several mutants of one file at once. */
export const mutantsOf =
  (file: string, specs: readonly string[]) =>
  (name: string, from: string, to: string): Mutant => ({ name, file, from, to, specs });
