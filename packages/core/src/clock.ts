/** The time as the library sees it, so that tests can pass it in. */

/** A time source. Only differences of `now` mean anything; the wall clock may be set while we run. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Runs `then` once, `ms` from now, without keeping the process alive. Returns what cancels it. */
  after(ms: number, then: () => void): () => void;
}

/** A timer longer than this fires at once on Node. */
export const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, Math.min(ms, LONGEST_TIMER_MS)).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
