/** How an application says which answers are kept. */

/** How the handler ended, as a policy sees it. */
export interface Outcome {
  /** The status that is about to leave. */
  readonly status: number;
  /** What the handler threw; `undefined` when it returned. */
  readonly error: unknown;
}

/** Whether an answer of a handler is kept. Asked only of answers that were given after the handler began. */
export type KeepRule = (outcome: Outcome) => boolean;
