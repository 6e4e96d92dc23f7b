/** The clock a contract case lives by: a real one, or one that the store under test was given. */
import { performance } from 'node:perf_hooks';

/** A clock that can be read and let run. */
export interface Time {
  /** Milliseconds; only differences count. */
  now(): number;
  /** Comes back when at least `ms` have passed on the store's clock. */
  pass(ms: number): void | Promise<void>;
}

/** The clock on the wall, for stores that have a clock of their own. */
export const realTime: Time = {
  now: () => performance.now(),
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
