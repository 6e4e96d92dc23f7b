/** Renews a lease until its attempt ends, and fires a signal when it is lost. */
import type { Holding, Means } from './attempt.js';

export class Renewal {
  readonly #means: Means;
  readonly #holding: Holding;
  readonly #onTooLong: () => void;
  readonly #since: number;
  #renewedAt: number;
  #cancel: () => void;
  #lost: AbortController | undefined;
  #isOver = false;
  /** While it is true, the record is being saved, which ends the lease: that it is lost then says nothing. */
  isSettling = false;

  /** Begins at once. `onTooLong` is called when the lease was held for as long as it may be; it is not renewed any more then. */
  constructor(means: Means, holding: Holding, onTooLong: () => void) {
    this.#means = means;
    this.#holding = holding;
    this.#onTooLong = onTooLong;
    this.#since = this.#renewedAt = means.clock.now();
    this.#cancel = this.#renewSoon();
  }

  /** Fires when the lease is lost: another attempt may be running. */
  get signal(): AbortSignal {
    return (this.#lost ??= new AbortController()).signal;
  }

  /** The lease will not be renewed any more, and will be lost. */
  lapse(): void {
    (this.#lost ??= new AbortController()).abort();
  }

  /** Ends it; the signal fires no more. */
  stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #renewSoon(): () => void {
    return this.#means.clock.after(this.#holding.leaseMs / 3, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { backend, clock, onFault } = this.#means;
    const { lease, leaseMs, holdAtMostMs } = this.#holding;
    const askedAt = clock.now();
    if (askedAt - this.#since >= holdAtMostMs) {
      this.#tellLost();
      this.#onTooLong();
      return;
    }
    try {
      const renewed = await backend.renew(lease, leaseMs);
      if (this.#isOver) return;
      if (renewed === 'lost' && !this.isSettling) {
        this.#tellLost();
        return;
      }
      if (renewed === 'kept') this.#renewedAt = askedAt;
    } catch (cause) {
      if (this.#isOver) return;
      onFault({ kind: 'renew-failed', slot: lease.slot, cause });
      // By our own clock the lease is over. It is still asked for: if nobody took it, it is revived.
      if (clock.now() - this.#renewedAt >= leaseMs) this.#tellLost();
    }
    this.#cancel = this.#renewSoon();
  }

  #tellLost(): void {
    this.#lost ??= new AbortController();
    if (this.#lost.signal.aborted) return;
    this.#lost.abort();
    const { lease, number, renders } = this.#holding;
    if (!renders) this.#means.onFault({ kind: 'lease-lost', slot: lease.slot, attempt: number });
  }
}
