/** A clock that stands still until it is told to go on. */
import type { Clock } from '@nestjs-idempotency/core';

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

/** Timers fire in the order in which they are due, while the clock is being moved. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#nowMs + ms, then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Milliseconds to the next timer; `undefined` when there is none. */
  get nextMs(): number | undefined {
    const next = this.#next();
    return next && next.at - this.#nowMs;
  }

  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (let timer = this.#next(); timer && timer.at <= until; timer = this.#next()) {
      this.#nowMs = Math.max(this.#nowMs, timer.at);
      this.#timers.delete(timer);
      timer.then();
    }
    this.#nowMs = until;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.at < next.at) next = timer;
    return next;
  }
}
