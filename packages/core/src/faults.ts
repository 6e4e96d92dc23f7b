/** What went wrong behind an answer. A fault never changes what the client is told; it is for those who run the application. */

/** A function that the application gave did not do what it was to do. What became of the request stands in the documentation of each. */
export interface CallbackFault {
  readonly kind: 'callback-failed';
  /** The option, as it is called where it is set. */
  readonly callback: string;
  /** Absent where it failed before the slot was known. */
  readonly slot?: string;
  readonly cause: unknown;
}

/** Carries the slot, which is a digest, and never a key, a body or a credential. */
export type Fault = CallbackFault | SlotFault;

/** What went wrong at one slot. */
export type SlotFault = { readonly slot: string } & (
  | /** An earlier holder died, or lost its lease, without leaving a record: this attempt may repeat its effect. */ {
      readonly kind: 'lapsed';
      readonly attempt: number;
    }
  | /** This holder could not renew in time, or another one took over: its effect may be repeated. */ {
      readonly kind: 'lease-lost';
      readonly attempt: number;
    }
  | /** This attempt ran, but the slot already held another attempt's record; its client gets that one. */ {
      readonly kind: 'superseded';
      readonly attempt: number;
    }
  | /** The handler ran and its record could not be saved yet; it is tried again while the lease is renewed. */ {
      readonly kind: 'save-failed';
      readonly cause: unknown;
    }
  | /** The store went on refusing the record (`cause` is what it said first), and took a tombstone: the effect is not repeated, its answer is lost. */ {
      readonly kind: 'save-refused';
      readonly cause: unknown;
    }
  | /** The record was given up, and a tombstone could not be saved either; the lease lapses, and a retry may run again. */ {
      readonly kind: 'save-abandoned';
      readonly cause: unknown;
    }
  | { readonly kind: 'open-failed' | 'renew-failed' | 'release-failed'; readonly cause: unknown }
  | /** The turn could not be brought to its end after the handler ran, e.g. its transaction could not commit; nothing of it was answered. */ {
      readonly kind: 'turn-failed';
      readonly cause: unknown;
    }
  | /** A transactional handler was not over after `holdAtMostMs`: it was rolled back, its connection destroyed, its signal fired. */ {
      readonly kind: 'expired';
    }
  | /** A transactional handler succeeded without having asked for its transaction: its effects, if it had any, are not rolled back with it. */ {
      readonly kind: 'transaction-unused';
      /** Which handler, where that is known: then it is told once for each. */
      readonly route?: string;
    }
  | /** The store had no room for `refused` new keys since this was last told, which is once a minute at most. Kept answers are replayed as ever. */ {
      readonly kind: 'store-full';
      readonly refused: number;
    }
  | /** A record was dropped for room before its end, as the store is told to do: a retry of its request runs again. */ {
      readonly kind: 'dropped';
    }
  | /** The slot holds bytes that this version cannot read. Nothing runs over them; purge the slot or wait until it expires. */ {
      readonly kind: 'unreadable';
    }
);

export type OnFault = (fault: Fault) => void;
