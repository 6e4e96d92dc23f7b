/** A turn under a lease: it is renewed until the turn ends, and the record is saved until it is. */
import type { Attempt, Holding, Kept, Means } from './attempt.js';
import { isThenable } from './awaitable.js';
import type { Fault } from './faults.js';
import { saveLate, type Standing } from './late-save.js';
import type { KeptRecord } from './record.js';
import { Renewal } from './renewal.js';
import { readRecord, writeRecord, writeTombstone } from './stored.js';

/** A deferred save is given up after this long without the store. */
const SAVE_AT_MOST_MS = 600_000;

/** An attempt that holds a lease and renews it until its end. */
export class LeasedAttempt implements Attempt {
  readonly number: number;
  readonly kept: KeptRecord | undefined;
  readonly #means: Means;
  readonly #holding: Holding;
  readonly #renewal: Renewal;
  readonly #onEnd: (attempt: LeasedAttempt) => void;
  #isOver = false;

  constructor(means: Means, holding: Holding, onEnd: (attempt: LeasedAttempt) => void) {
    this.#means = means;
    this.#holding = holding;
    this.#onEnd = onEnd;
    this.number = holding.number;
    this.kept = holding.kept;
    this.#renewal = new Renewal(means, holding, () => {
      this.abandon();
    });
  }

  get signal(): AbortSignal {
    return this.#renewal.signal;
  }

  async keep(record: KeptRecord): Promise<Kept> {
    const { lease, replaces } = this.#holding;
    const written = writeRecord(this.#means, record, lease.slot);
    const bytes = isThenable(written) ? await written : written;
    if (bytes) return this.#save(bytes, replaces ? undefined : () => this.#tombstoneOf(record));
    if (replaces) {
      await this.giveUp();
      return { kind: 'unkept' };
    }
    // Its effect is there: an empty slot would run it again.
    const kept = await this.#save(await this.#tombstoneOf(record));
    return kept.kind === 'kept' ? { kind: 'unkept' } : kept;
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
    this.#renewal.stop();
    this.#onEnd(this);
  }

  /** Ends it as nobody is there any more who would renew its lease, and tells it so. */
  lapse(): void {
    this.#renewal.lapse();
    this.abandon();
  }

  #tombstoneOf({ fingerprint }: KeptRecord): Promise<Uint8Array> {
    return writeTombstone(this.#means, { fingerprint, loss: 'unkept' }, this.#holding.lease.slot);
  }

  async #save(bytes: Uint8Array, tombstone?: () => Promise<Uint8Array>): Promise<Kept> {
    let held: Uint8Array | undefined;
    try {
      held = await this.#settle(bytes);
    } catch (cause) {
      this.#fault({ kind: 'save-failed', cause });
      this.#saveLater(bytes, tombstone, cause);
      return { kind: 'deferred' };
    }
    this.abandon();
    if (!held || Buffer.compare(held, bytes) === 0) return { kind: 'kept' };
    this.#tellSuperseded();
    return { kind: 'superseded', record: await readRecord(this.#means, held, this.#holding.lease.slot) };
  }

  /** The record that holds the slot if it is not ours. */
  async #settle(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const { backend } = this.#means;
    const { lease, keepMs, replaces } = this.#holding;
    this.#renewal.isSettling = true;
    try {
      const saved = await (replaces ? backend.resettle(lease, bytes, keepMs) : backend.settle(lease, bytes, keepMs));
      return saved.kind === 'taken' ? saved.record : undefined;
    } finally {
      this.#renewal.isSettling = false;
    }
  }

  #saveLater(record: Uint8Array, tombstone: (() => Promise<Uint8Array>) | undefined, refused: unknown): void {
    const { clock } = this.#means;
    const retries = { clock, everyMs: this.#holding.leaseMs / 3, forMs: SAVE_AT_MOST_MS, isOver: () => this.#isOver };
    void saveLate({ record, tombstone, settle: (bytes) => this.#settle(bytes), ...retries }).then(
      (standing) => {
        this.#stands(standing, refused);
        this.abandon();
      },
      (cause: unknown) => {
        this.#fault({ kind: 'save-abandoned', cause });
        this.abandon();
      },
    );
  }

  #stands(standing: Standing, refused: unknown): void {
    if (standing === 'another') this.#tellSuperseded();
    else if (standing === 'tombstone') this.#fault({ kind: 'save-refused', cause: refused });
  }

  #tellSuperseded(): void {
    this.#means.onFault({ kind: 'superseded', slot: this.#holding.lease.slot, attempt: this.number });
  }

  #fault(fault: { kind: 'save-failed' | 'save-refused' | 'save-abandoned' | 'release-failed'; cause: unknown }): void {
    this.#means.onFault({ ...fault, slot: this.#holding.lease.slot } satisfies Fault);
  }
}
