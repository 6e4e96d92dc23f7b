/** What a storage and a lock promise. Every sentence here is a case in the contract suites of `@nestjs-idempotency/testing`. */
import type { Awaitable } from './awaitable.js';
import type { Lifecycle } from './lifecycle.js';

/** Which request it is. Requests with one slot are tries of one another, unless their fingerprints differ: then the key was reused. */
export interface Identity {
  /** Where the answer is kept: a printable digest of key, scope and operation, at most 128 characters. */
  readonly slot: string;
  /** What was asked under the key, as a printable digest of at most 128 characters. */
  readonly fingerprint: string;
}

/** One request's wish to hold a slot. The same object asks, renews and releases. */
export interface Lease extends Identity {
  /** Names this attempt and no other; unguessable, so that nobody else renews or releases. */
  readonly token: string;
}

/** The answer to asking for a slot. */
export type Claim =
  /** You run. `attempt` is 1 plus the number of earlier leases that lapsed on this slot without a record. */
  | { readonly kind: 'won'; readonly attempt: number }
  /** Someone else is running. `fingerprint` is what they were asked, absent where the lock cannot tell. */
  | { readonly kind: 'held'; readonly fingerprint?: string; readonly leftMs: number };

/**
 * A kept record in its stored form: opaque bytes, see `codec.ts`. A storage gives back the very bytes it was given.
 * They are the caller's own: who changes them changes no record.
 */
export type StoredRecord = Uint8Array;

/** What became of a save. */
export type Saved =
  | { readonly kind: 'saved' }
  /** The slot was not empty; `record` is what it holds. */
  | { readonly kind: 'taken'; readonly record: StoredRecord };

/** A place to wait for a slot to change. */
export interface Watch {
  /** Settles when the slot was released or its record written, or never: a wake-up may be lost. Never rejects. */
  readonly woken: Promise<void>;
  /** Ends the watch. Must be called once. */
  close(): void;
}

/** Who may run. */
export interface IdempotencyLock extends Lifecycle {
  /**
   * Of any number of concurrent callers exactly one wins; the others learn what the winner was asked.
   * The lease ends `leaseMs` after the lock granted or last renewed it, by the lock's own clock.
   * The holder that asks again with the same token is told that it won, with the same attempt, and holds for `leaseMs` more.
   * That a lease lapsed without a release is remembered for `traceMs`, and counted in the next winner's `attempt`.
   */
  acquire(lease: Lease, leaseMs: number, traceMs: number): Awaitable<Claim>;
  /**
   * Extends the lease to `leaseMs` from now if `lease` was the last to hold the slot; otherwise changes nothing and says 'lost'.
   * A lapsed lease that nobody took is revived, so that a short outage of the store costs no second execution.
   */
  renew(lease: Lease, leaseMs: number): Awaitable<'kept' | 'lost'>;
  /** Frees the slot at once and forgets its lapses if `lease` was the last to hold it; otherwise changes nothing. Wakes the watchers. */
  release(lease: Lease): Awaitable<void>;
  /** Watches a slot from this moment on, without a round trip. Absent where the lock cannot push: then waiters poll. */
  watch?(slot: string): Watch;
}

/** Where records are. */
export interface IdempotencyStorage extends Lifecycle {
  /** What the slot holds; `undefined` when it is empty or its record has expired. */
  find(slot: string): Awaitable<StoredRecord | undefined>;
  /**
   * Saves `record` for `keepMs` if the slot is empty; otherwise leaves it and tells what it holds.
   * Of any number of concurrent callers exactly one saves, and all others are told its record.
   */
  save(slot: string, record: StoredRecord, keepMs: number): Awaitable<Saved>;
  /** Manual mode only: puts `record` in the place of what the slot holds, for `keepMs`. */
  replace(slot: string, record: StoredRecord, keepMs: number): Awaitable<void>;
  /**
   * Keeps a place for the record of `slot` for `forMs`, where it has neither; says whether there is one.
   * Asked before a slot is claimed, and whenever its lease is renewed. Absent where there is always room.
   */
  reserve?(slot: string, forMs: number): Awaitable<boolean>;
  /** Gives the place of a slot back that has no record; otherwise changes nothing. */
  vacate?(slot: string): Awaitable<void>;
  /**
   * Calls `listener` with the slot of each record that is dropped before its end, until what it returned, if anything, is called.
   * Absent where none ever is.
   */
  onDrop?(listener: (slot: string) => void): (() => void) | void;
}

/** What was found when a slot was opened. At least one of the three is there. */
export interface Opened {
  readonly record?: StoredRecord;
  readonly claim?: Claim;
  /** The slot holds nothing, and nobody was asked for it: the store has no room for what would come of it. */
  readonly isFull?: true;
}

/** Storage and lock as one source of facts: what a backend that is both answers in one round trip, and `pair` composes. */
export interface IdempotencyBackend extends Lifecycle {
  /**
   * Looks at the slot and asks for it. Without `evenIfKept`, a slot that holds a record is not claimed.
   * A record that is missing from a 'won' answer was not there at a moment at which the lease was already held.
   */
  open(lease: Lease, leaseMs: number, keepMs: number, evenIfKept?: boolean): Promise<Opened>;
  renew(lease: Lease, leaseMs: number): Promise<'kept' | 'lost'>;
  release(lease: Lease): Promise<void>;
  /** Saves as a storage does and then releases `lease`. Whoever is told 'saved' or 'taken' no longer holds the slot. */
  settle(lease: Lease, record: StoredRecord, keepMs: number): Promise<Saved>;
  /**
   * Replaces as a storage does and then releases `lease`, if `lease` was the last to hold the slot, lapsed or not.
   * Whoever comes after somebody else took the slot saves as `settle` does: the record of its successor stays, and is told.
   */
  resettle(lease: Lease, record: StoredRecord, keepMs: number): Promise<Saved>;
  watch?(slot: string): Watch;
  /**
   * Calls `listener` with the slot of each record that is dropped before its end, until what it returned, if anything, is called.
   * Absent where none ever is.
   */
  onDrop?(listener: (slot: string) => void): (() => void) | void;
  /**
   * Runs `work` so that its effects and every call of this backend inside it commit or roll back together.
   * Rejects with what `work` rejected with, rolled back. There is no lease inside: `renew` says 'kept', release is the end.
   * When `signal` fires, rejects with its reason at once, whatever `work` does: all is rolled back, and nothing that `work` does
   * from then on is committed. A record is kept only by the transaction in which its slot was opened: where `work` has ended that
   * one itself, a save rejects with an `IdempotencyHandlerError`. Where what `work` did may stand, as it committed that one itself,
   * `transaction` rejects with an `IdempotencyEndedError`, however `work` ended.
   */
  transaction?<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Inside a transaction: whether the application has asked for it so far, or cannot help using it; absent where that is not known. */
  joined?(): boolean;
  /** Whether `error`, thrown inside or by a transaction, says that it lost against another one and may succeed if tried again. */
  isConflict?(error: unknown): boolean;
  /** Asked once at start-up. Resolves with warnings, each naming the danger and the cure; rejects to refuse the start. */
  check?(): Promise<readonly string[]>;
}
