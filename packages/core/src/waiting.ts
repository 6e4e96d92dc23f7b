/** Duplicates that wait for the running request: woken when its answer is there, and by a poll should the wake-up be lost. */
import type { Clock } from './clock.js';
import type { IdempotencyBackend, Watch } from './ports.js';

/** With a watch the poll is only the floor under a lost wake-up. */
const POLL_WATCHED_MS = 1_000;
/** Without one it starts here and doubles up to `POLL_AT_MOST_MS`. */
const POLL_FIRST_MS = 10;
const POLL_AT_MOST_MS = 250;
/** A lease that has ended by the store's clock may not have ended yet by the time that our question arrives. */
const AFTER_LEASE_MS = 5;

/** One request's wait, from before it looked at the slot until it is answered. */
export interface Wait {
  /** Settles when it is time to look again: `true`, or `false` when the time to wait is over. `leftMs` is what the lease has left. */
  next(leftMs: number): Promise<boolean>;
  end(): void;
}

export class Waiting {
  readonly #backend: IdempotencyBackend;
  readonly #clock: Clock;
  readonly #atMost: number;
  readonly #closers = new Set<() => void>();
  #isClosed = false;

  constructor(backend: IdempotencyBackend, clock: Clock, atMost: number) {
    this.#backend = backend;
    this.#clock = clock;
    this.#atMost = atMost;
  }

  /** Watches from now on, before the slot is looked at, so that no wake-up falls between the look and the watch. */
  begin(slot: string, waitMs: number): Wait {
    const until = this.#clock.now() + waitMs;
    let watch: Watch | undefined = this.#backend.watch?.(slot);
    let pollMs = watch ? POLL_WATCHED_MS : POLL_FIRST_MS;
    return {
      next: async (leftMs) => {
        const remainingMs = until - this.#clock.now();
        if (remainingMs <= 0 || this.#isClosed || this.#closers.size >= this.#atMost) return false;
        await this.#sleep(Math.min(remainingMs, pollMs, Math.max(leftMs, 0) + AFTER_LEASE_MS), watch?.woken);
        if (watch) {
          watch.close();
          watch = this.#backend.watch?.(slot);
        } else pollMs = Math.min(pollMs * 2, POLL_AT_MOST_MS);
        return !this.#isClosed;
      },
      end: () => watch?.close(),
    };
  }

  /** Ends all waiting, now and from now on. */
  close(): void {
    this.#isClosed = true;
    for (const close of this.#closers) close();
  }

  #sleep(ms: number, woken: Promise<void> | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#closers.delete(done);
        resolve();
      };
      const cancel = this.#clock.after(ms, done);
      this.#closers.add(done);
      void woken?.then(done);
    });
  }
}
