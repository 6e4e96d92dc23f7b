/** A request's turn inside the application's own transaction: there is no lease, and giving up is a rollback. */
import type { Attempt, Kept, Means } from './attempt.js';
import type { Lease } from './ports.js';
import type { KeptRecord } from './record.js';
import { readRecord, writeRecord, writeTombstone } from './stored.js';

/** Leaves a transaction so that it is rolled back, with what was to be answered. */
export class RolledBack<T> extends Error {
  override readonly name = 'RolledBack';

  constructor(readonly answered: T) {
    super('The attempt was given up; its transaction is rolled back.');
  }
}

/** An attempt whose record is written by the transaction that its effects are written by. What the store says goes up: all is undone. */
export class TransactionalAttempt implements Attempt {
  readonly number = 1;
  readonly #means: Means;
  readonly #lease: Lease;
  readonly #keepMs: number;
  #outcome: 'open' | 'kept' | 'given-up' = 'open';

  constructor(
    means: Means,
    lease: Lease,
    keepMs: number,
    readonly kept: KeptRecord | undefined,
    private readonly replaces: boolean,
    /** Fires when the transaction was ended before the handler: what is done from then on is refused. */
    readonly signal: AbortSignal = new AbortController().signal,
  ) {
    this.#means = means;
    this.#lease = lease;
    this.#keepMs = keepMs;
  }

  /** Whether the transaction must be undone: it was given up, or nobody said what to keep. */
  get isUndone(): boolean {
    return this.#outcome !== 'kept';
  }

  async keep(record: KeptRecord): Promise<Kept> {
    const { backend, onFault } = this.#means;
    const lease = this.#lease;
    const { slot } = lease;
    const whole = await writeRecord(this.#means, record, slot);
    // Neither what the slot holds nor a tombstone in its place would say what happened, so nothing has.
    if (!whole && this.replaces) throw new Error('The codec could not write the record down: the transaction is rolled back.');
    const { fingerprint } = record;
    const bytes = whole ?? (await writeTombstone(this.#means, { fingerprint, loss: 'unkept' }, slot));
    // Outside of its transaction the record would be kept without the effect.
    this.signal.throwIfAborted();
    const saved = await (this.replaces
      ? backend.resettle(lease, bytes, this.#keepMs)
      : backend.settle(lease, bytes, this.#keepMs));
    if (saved.kind === 'saved') {
      this.#outcome = 'kept';
      return { kind: whole ? 'kept' : 'unkept' };
    }
    // A second execution is rolled back, and its client gets the first answer.
    onFault({ kind: 'superseded', slot, attempt: this.number });
    return { kind: 'superseded', record: await readRecord(this.#means, saved.record, slot) };
  }

  giveUp(): Promise<void> {
    this.#outcome = 'given-up';
    return Promise.resolve();
  }

  abandon(): void {
    this.#outcome = 'given-up';
  }
}
