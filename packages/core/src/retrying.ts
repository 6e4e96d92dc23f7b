/** Tries something again until it goes through. */
import type { Clock } from './clock.js';

export interface Retries {
  readonly clock: Clock;
  /** The longest pause between two tries; the first pauses are shorter. */
  readonly everyMs: number;
  /** When to stop; the last error is then the outcome. */
  readonly forMs: number;
  /** Asked before each try: whether nobody wants it any more. */
  readonly isOver: () => boolean;
}

const FIRST_PAUSE_MS = 50;

/** The outcome of the first try that succeeds. The first try comes after a pause: it is called when one has just failed. */
export async function retrying<T>(work: () => Promise<T>, { clock, everyMs, forMs, isOver }: Retries): Promise<T> {
  const until = clock.now() + forMs;
  let pauseMs = Math.min(FIRST_PAUSE_MS, everyMs);
  for (;;) {
    await new Promise<void>((resolve) => {
      clock.after(pauseMs, resolve);
    });
    try {
      return await work();
    } catch (error) {
      if (isOver() || clock.now() >= until) throw error;
      pauseMs = Math.min(pauseMs * 2, everyMs);
    }
  }
}
