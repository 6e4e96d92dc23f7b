/** Which answers are kept, as a rule that an application may give. */

/** How the handler ended, as a policy sees it. */
export interface Outcome {
  /** The status that is about to leave; where nothing left, the one that stood when the handler returned, or that of what it threw. */
  readonly status: number;
  /** What the handler threw; `undefined` when it returned. */
  readonly error: unknown;
}

/**
 * Whether an answer of a handler is kept. Asked only of answers that were given after the handler began. Must say so at once: one that
 * throws or returns a promise is told of as a fault, and what ran is buried in a tombstone, as nobody knows what it would have said.
 */
export type KeepRule = (outcome: Outcome) => boolean;
