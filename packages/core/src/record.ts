/** What is kept under a slot, as the engine sees it. */

/** An answer as it left for the client. */
export interface Answer {
  readonly status: number;
  /** Names in lower case, in the order in which they left; a name may stand more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Names in lower case of headers that whoever answered took off, so that nobody else's of these names leaves with it; left out where there is none. */
  readonly removed?: readonly string[];
  /** How it was said, where its bytes depend on that; a word of whoever keeps it, which means nothing to the core. */
  readonly manner?: string;
  readonly body: Uint8Array;
}

/** Why a slot holds no answer although its request ran: it could not be kept, or nobody knows how it ended. */
export type Loss = 'unkept' | 'unknown';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a handler returned or threw, and nobody has rendered: the first retry renders it, and its answer then takes this record's place. */
export type UnrenderedRecord =
  /** `form` says how `bytes` are to be read; it is a word of whoever keeps the value, and means nothing to the core. */
  | { readonly kind: 'value'; readonly fingerprint: string; readonly form: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'failure';
      readonly fingerprint: string;
      readonly name: string;
      readonly message: string;
      readonly data?: Json;
    };

/** A kept answer with its fingerprint; what was never rendered; or a tombstone: "it ran, but there is no answer". */
export type KeptRecord =
  | { readonly kind: 'answer'; readonly fingerprint: string; readonly answer: Answer }
  | UnrenderedRecord
  | { readonly kind: 'tombstone'; readonly fingerprint: string; readonly loss: Loss };

/** What a stored record says to this version of the library: bytes that were damaged, or written by a newer one, are unreadable. */
export type ReadRecord = KeptRecord | { readonly kind: 'unreadable' };

/** Turns records into stored bytes and back. */
export interface RecordCodec {
  /** Should not fail: of a record that it fails on, only a tombstone is kept. */
  encode(record: KeptRecord, slot: string): Uint8Array | Promise<Uint8Array>;
  /**
   * Never throws for what the bytes are: what cannot be read is 'unreadable', and so is whatever else it throws or gives that is no record.
   * One that asks a server which cannot be reached rejects with an `IdempotencyUnavailableError`: the request is then told to come again.
   */
  decode(bytes: Uint8Array, slot: string): ReadRecord | Promise<ReadRecord>;
}
