/** Opens a slot and comes to a verdict; and leaves a slot under whose claim nothing is to run. */
import type { Means } from './attempt.js';
import { isThenable } from './awaitable.js';
import { decide, type Found, type Verdict } from './decide.js';
import { FullNotice } from './full-notice.js';
import type { Claim, Lease } from './ports.js';
import { readRecord, writeTombstone } from './stored.js';
import type { Terms } from './turn.js';

/** What was found, and what is to be done. Nobody is told to claim any more. */
export interface Opening {
  readonly found: Found;
  readonly verdict: Exclude<Verdict, { readonly kind: 'claim' }>;
}

/** No trace of a renderer that lapses: when the record has expired it would be taken for that of a handler. */
const NO_TRACE_MS = 0;
const HELD: Claim = { kind: 'held', leftMs: 0 };

export class Opener {
  readonly #fullNotice: FullNotice;

  constructor(private readonly means: Means) {
    this.#fullNotice = new FullNotice(means);
  }

  /** One look where the slot is empty or holds an answer; one more where it holds what was never rendered. Rejects when the store cannot be asked. */
  async open(lease: Lease, terms: Terms): Promise<Opening> {
    let found = await this.#look(lease, terms, terms.keepMs, terms.manual);
    for (;;) {
      const verdict = decide(lease.fingerprint, found, terms);
      if (verdict.kind !== 'claim') return this.#told(lease, { found, verdict });
      found = await this.#alone(lease, terms, found);
    }
  }

  /** Ends a claim that was won although nothing is to run under it. */
  async leave(lease: Lease, terms: Terms, verdict: Verdict): Promise<void> {
    if (verdict.kind !== 'reject' || verdict.reason !== 'unknown') return this.release(lease);
    const { backend, onFault } = this.means;
    const { slot, fingerprint } = lease;
    try {
      const bytes = await writeTombstone(this.means, { fingerprint, loss: 'unknown' }, slot);
      await backend.settle(lease, bytes, terms.keepMs);
    } catch (cause) {
      // The lease is left to lapse: the next request finds its trace and comes to the same verdict.
      onFault({ kind: 'save-failed', slot, cause });
    }
  }

  /** Hands the slot back; what cannot be handed back lapses by itself. */
  async release(lease: Lease): Promise<void> {
    try {
      await this.means.backend.release(lease);
    } catch (cause) {
      this.means.onFault({ kind: 'release-failed', slot: lease.slot, cause });
    }
  }

  /** Asks for a slot that holds what was never rendered. Who gets no claim is told that somebody else has it. */
  async #alone(lease: Lease, terms: Terms, seen: Found): Promise<Found> {
    const { record, claim = HELD } = await this.#look(lease, terms, NO_TRACE_MS, true);
    // A lock beside a storage tells of no record where it did not grant the claim.
    if (claim.kind === 'held') return { claim, record: record ?? seen.record };
    if (record || terms.transactional) return { claim, record };
    // It has expired in between. A handler must not run under a lease that leaves no trace.
    await this.release(lease);
    return this.#look(lease, terms, terms.keepMs, terms.manual);
  }

  #told({ slot }: Lease, opening: Opening): Opening {
    const { verdict, found } = opening;
    const { onFault } = this.means;
    if (verdict.kind === 'reject' && verdict.reason === 'unreadable') onFault({ kind: 'unreadable', slot });
    if (verdict.kind === 'reject' && verdict.reason === 'full') this.#fullNotice.refused(slot);
    const attempt = found.claim?.kind === 'won' && verdict.kind !== 'render' ? found.claim.attempt : 1;
    if (attempt > 1) onFault({ kind: 'lapsed', slot, attempt });
    return opening;
  }

  async #look(lease: Lease, terms: Terms, traceMs: number, evenIfKept: boolean): Promise<Found> {
    const { backend, onFault } = this.means;
    const { slot } = lease;
    try {
      const { record: bytes, claim, isFull } = await backend.open(lease, terms.leaseMs, traceMs, evenIfKept);
      if (bytes === undefined) return { claim, isFull };
      const record = readRecord(this.means, bytes, slot);
      return { record: isThenable(record) ? await record : record, claim, isFull };
    } catch (cause) {
      // Who lost against another request left nothing behind, and its client is told to try again.
      if (backend.isConflict?.(cause)) throw cause;
      onFault({ kind: 'open-failed', slot, cause });
      // The claim may have been granted though its reply was lost: nobody runs under it, so it is handed back.
      if (!terms.transactional) void this.#handBack(lease, terms.leaseMs, traceMs);
      throw cause;
    }
  }

  /** Asks again under the same token, and releases unless an earlier holder lapsed: a release would forget that before anybody was told. */
  async #handBack(lease: Lease, leaseMs: number, traceMs: number): Promise<void> {
    const { backend, onFault } = this.means;
    try {
      const { claim, record } = await backend.open(lease, leaseMs, traceMs, true);
      if (claim?.kind === 'won' && (claim.attempt === 1 || record)) await backend.release(lease);
    } catch (cause) {
      // The lease, if there is one, lapses by itself.
      onFault({ kind: 'release-failed', slot: lease.slot, cause });
    }
  }
}
