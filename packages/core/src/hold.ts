/** The bound of a transaction: a handler that never ends must not hold its key and a connection for ever. */
import type { Clock } from './clock.js';
import { IdempotencyExpiredError } from './errors.js';

/** How long a transaction may last, from the moment at which it has its connection. */
export class Hold {
  readonly #end = new AbortController();
  readonly #expired: Promise<never>;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly atMostMs: number,
  ) {
    const { signal } = this.#end;
    this.#expired = new Promise((_, reject) => {
      const tell = (): void => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', tell, { once: true });
    });
    // Nobody may be waiting for it.
    this.#expired.catch(() => undefined);
  }

  /** Fires when the time is over. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  begin(): void {
    this.#cancel = this.clock.after(this.atMostMs, () => {
      this.#end.abort(new IdempotencyExpiredError(`The transaction was not over after ${this.atMostMs} ms: it is rolled back.`));
    });
  }

  /** What came of it, or an `IdempotencyExpiredError` when the time is over; whether a commit under way still went through is then not known. */
  async over<T>(transaction: Promise<T>): Promise<T> {
    try {
      return await Promise.race([transaction, this.#expired]);
    } finally {
      this.#cancel?.();
    }
  }
}
