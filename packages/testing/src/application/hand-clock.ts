/** A clock that a test moves. */
import { type Clock, kinds } from '@nestjs-idempotency/core';

/** Stands still until it is moved. */
export class HandClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly then: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves it on by `ms`, and runs what was due meanwhile, each at its time. */
  advance(ms: number): void {
    if (typeof ms !== 'number' || Number.isNaN(ms))
      throw new TypeError(`advance() takes a number of milliseconds from 0; it was given ${kinds.describe(ms)}.`);
    if (ms < 0) throw new RangeError(`Time runs on only: advance(${ms}) was asked for.`);
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.then();
    }
    this.#now = end;
  }
}
