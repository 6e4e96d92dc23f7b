/** One request's turn at a slot, and what it is made of. */
import type { Clock } from './clock.js';
import type { OnFault } from './faults.js';
import type { IdempotencyBackend, Lease } from './ports.js';
import type { KeptRecord, ReadRecord, RecordCodec } from './record.js';

/** What became of a record that an attempt asked to keep. */
export type Kept =
  | { readonly kind: 'kept' }
  /**
   * The slot holds another attempt's record: that is what every client must hear. In manual mode and where a record is rendered, of who
   * took the slot after this attempt's lease had lapsed; it may still be unrendered, and then the client is to come again.
   */
  | { readonly kind: 'superseded'; readonly record: ReadRecord }
  /** The codec could not write the record down. A tombstone stands in its place, or what it was to replace. */
  | { readonly kind: 'unkept' }
  /**
   * The store failed. The save is tried again in the background while the lease is renewed; nobody needs to wait. Where the store goes on
   * refusing it, a tombstone takes its place, unless it is to replace what the slot holds.
   */
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
