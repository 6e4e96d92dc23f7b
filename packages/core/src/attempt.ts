/** One request's turn at a slot: run, renew, keep, give up. */
import type { Clock } from './clock.js';
import type { Fault, OnFault } from './faults.js';
import type { IdempotencyBackend, Lease } from './ports.js';
import type { KeptRecord, ReadRecord, RecordCodec } from './record.js';
import { retrying } from './retrying.js';

/** What became of a record that an attempt asked to keep. */
export type Kept =
  | { readonly kind: 'kept' }
  /**
   * The slot holds another attempt's record: that is what every client must hear. In manual mode and where a record is rendered, of who
   * took the slot after this attempt's lease had lapsed; it may still be unrendered, and then the client is to come again.
   */
  | { readonly kind: 'superseded'; readonly record: ReadRecord }
  /** The store failed. The save is tried again in the background while the lease is renewed; nobody needs to wait. */
  | { readonly kind: 'deferred' };

export interface Attempt {
  /** 1, or more when earlier holders lapsed without a record. */
  readonly number: number;
  /** Manual mode: what the slot held when this attempt was won. Of one that renders: the record to render. */
  readonly kept: KeptRecord | undefined;
  /** Fires when the lease is lost: another attempt may be running. */
  readonly signal: AbortSignal;
  /** Keeps `record` and ends the attempt. The first record of a slot stays, unless it is this attempt's to replace. */
  keep(record: KeptRecord): Promise<Kept>;
  /** Ends the attempt without a record: the next request with the key runs. */
  giveUp(): Promise<void>;
  /** Ends the attempt without a word to the store: its lease lapses, and the next request with the key learns that it did. */
  abandon(): void;
}

/** What an attempt works with; the same for all attempts of an engine. */
export interface Means {
  readonly backend: IdempotencyBackend;
  readonly codec: RecordCodec;
  readonly clock: Clock;
  readonly onFault: OnFault;
}

export interface Holding {
  readonly lease: Lease;
  readonly number: number;
  readonly kept: KeptRecord | undefined;
  readonly leaseMs: number;
  readonly keepMs: number;
  /** Its record takes the place of what the slot holds: in manual mode, and of what it renders. */
  readonly replaces: boolean;
  /** Nothing that it does has an effect to repeat: it renders what the handler gave before. */
  readonly renders: boolean;
  /** After this long the lease is no longer renewed: a handler that never ends must not hold its key for ever. */
  readonly holdAtMostMs: number;
}

/** A deferred save is given up after this long without the store. */
const SAVE_AT_MOST_MS = 600_000;

/** An attempt that holds a lease and renews it until its end. */
export class LeasedAttempt implements Attempt {
  readonly number: number;
  readonly kept: KeptRecord | undefined;
  readonly #means: Means;
  readonly #holding: Holding;
  readonly #onEnd: (attempt: LeasedAttempt) => void;
  readonly #since: number;
  #renewedAt: number;
  #cancelRenewal: () => void;
  #lost: AbortController | undefined;
  #isOver = false;

  constructor(means: Means, holding: Holding, onEnd: (attempt: LeasedAttempt) => void) {
    this.#means = means;
    this.#holding = holding;
    this.#onEnd = onEnd;
    this.number = holding.number;
    this.kept = holding.kept;
    this.#since = this.#renewedAt = means.clock.now();
    this.#cancelRenewal = this.#renewSoon();
  }

  get signal(): AbortSignal {
    return (this.#lost ??= new AbortController()).signal;
  }

  async keep(record: KeptRecord): Promise<Kept> {
    const { codec, onFault } = this.#means;
    const { lease } = this.#holding;
    const bytes = await codec.encode(record, lease.slot);
    let held: Uint8Array | undefined;
    try {
      held = await this.#settle(bytes);
    } catch (cause) {
      this.#fault({ kind: 'save-failed', cause });
      this.#saveLater(bytes);
      return { kind: 'deferred' };
    }
    this.abandon();
    if (!held || Buffer.compare(held, bytes) === 0) return { kind: 'kept' };
    onFault({ kind: 'superseded', slot: lease.slot, attempt: this.number });
    return { kind: 'superseded', record: await codec.decode(held, lease.slot) };
  }

  async giveUp(): Promise<void> {
    this.abandon();
    try {
      await this.#means.backend.release(this.#holding.lease);
    } catch (cause) {
      this.#fault({ kind: 'release-failed', cause });
    }
  }

  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelRenewal();
    this.#onEnd(this);
  }

  /** The record that holds the slot if it is not ours. */
  async #settle(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const { lease, keepMs, replaces } = this.#holding;
    const { backend } = this.#means;
    const saved = await (replaces ? backend.resettle(lease, bytes, keepMs) : backend.settle(lease, bytes, keepMs));
    return saved.kind === 'taken' ? saved.record : undefined;
  }

  #saveLater(bytes: Uint8Array): void {
    const { clock, onFault } = this.#means;
    const { leaseMs, lease } = this.#holding;
    void retrying(() => this.#settle(bytes), {
      clock,
      everyMs: leaseMs / 3,
      forMs: SAVE_AT_MOST_MS,
      isOver: () => this.#isOver,
    }).then(
      (held) => {
        if (held && Buffer.compare(held, bytes) !== 0) onFault({ kind: 'superseded', slot: lease.slot, attempt: this.number });
        this.abandon();
      },
      (cause: unknown) => {
        this.#fault({ kind: 'save-abandoned', cause });
        this.abandon();
      },
    );
  }

  #renewSoon(): () => void {
    return this.#means.clock.after(this.#holding.leaseMs / 3, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { backend, clock } = this.#means;
    const { lease, leaseMs, holdAtMostMs } = this.#holding;
    const askedAt = clock.now();
    if (askedAt - this.#since >= holdAtMostMs) {
      this.#tellLost();
      this.abandon();
      return;
    }
    try {
      const renewed = await backend.renew(lease, leaseMs);
      if (this.#isOver) return;
      if (renewed === 'lost') {
        this.#tellLost();
        return;
      }
      this.#renewedAt = askedAt;
    } catch (cause) {
      if (this.#isOver) return;
      this.#fault({ kind: 'renew-failed', cause });
      // By our own clock the lease is over. It is still asked for: if nobody took it, it is revived.
      if (clock.now() - this.#renewedAt >= leaseMs) this.#tellLost();
    }
    this.#cancelRenewal = this.#renewSoon();
  }

  #tellLost(): void {
    this.#lost ??= new AbortController();
    if (this.#lost.signal.aborted) return;
    this.#lost.abort();
    if (this.#holding.renders) return;
    this.#means.onFault({ kind: 'lease-lost', slot: this.#holding.lease.slot, attempt: this.number });
  }

  #fault(fault: { kind: 'save-failed' | 'save-abandoned' | 'release-failed' | 'renew-failed'; cause: unknown }): void {
    this.#means.onFault({ ...fault, slot: this.#holding.lease.slot } satisfies Fault);
  }
}
