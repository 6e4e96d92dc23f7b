/** Opens attempts, and waits for running ones. */
import { randomUUID } from 'node:crypto';
import { type Attempt, LeasedAttempt, type Means } from './attempt.js';
import { type Clock, systemClock } from './clock.js';
import { envelope } from './codec.js';
import { decide, type Found, type Refusal, type Verdict, type Wish } from './decide.js';
import type { Fault, OnFault } from './faults.js';
import { Hold } from './hold.js';
import type { Identity, IdempotencyBackend, Lease } from './ports.js';
import type { Answer, RecordCodec } from './record.js';
import { RolledBack, TransactionalAttempt } from './transaction.js';
import { Waiting } from './waiting.js';

/** How one route's requests are treated. */
export interface Terms extends Wish {
  /** How long a lease lasts unless it is renewed. */
  readonly leaseMs: number;
  /** How long a record is kept, and the trace of a lapse. */
  readonly keepMs: number;
  /** How long a duplicate waits for the running request; 0 waits not at all. */
  readonly waitMs: number;
  /** After this long a running handler's lease is no longer renewed, and its transaction is ended with it. */
  readonly holdAtMostMs: number;
  /** The request runs inside a transaction of the backend, which must have `transaction`. */
  readonly transactional: boolean;
}

/** What a request is to do. */
export type Turn =
  | { readonly kind: 'execute'; readonly attempt: Attempt }
  | { readonly kind: 'replay'; readonly answer: Answer }
  | { readonly kind: 'reject'; readonly reason: Refusal; readonly retryAfterMs?: number };

export interface EngineOptions {
  readonly codec?: RecordCodec;
  readonly clock?: Clock;
  readonly onFault?: OnFault;
  /** Requests that may wait at once; further ones are told 'running'. Default 10,000. */
  readonly maxWaiting?: number;
}

export class Engine {
  readonly #means: Means;
  readonly #waiting: Waiting;
  readonly #running = new Set<LeasedAttempt>();
  #onIdle: (() => void) | undefined;

  constructor(backend: IdempotencyBackend, options: EngineOptions = {}) {
    const { codec = envelope, clock = systemClock, onFault = () => undefined, maxWaiting = 10_000 } = options;
    this.#means = { backend, codec, clock, onFault };
    this.#waiting = new Waiting(backend, clock, maxWaiting);
  }

  /** Attempts that are running now. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Gives the request its turn and returns what `serve` made of it. A turn to execute must end in `keep` or `giveUp`.
   * Rejects when the store cannot be asked, before `serve` is called; in a transaction also when it cannot commit, after.
   */
  async run<T>(identity: Identity, terms: Terms, serve: (turn: Turn) => Promise<T>): Promise<T> {
    const lease: Lease = { slot: identity.slot, fingerprint: identity.fingerprint, token: randomUUID() };
    const wait = terms.waitMs > 0 ? this.#waiting.begin(lease.slot, terms.waitMs) : undefined;
    try {
      for (;;) {
        const served = terms.transactional
          ? await this.#inTransaction(lease, terms, serve, wait !== undefined)
          : await this.#leased(lease, terms, serve, wait !== undefined);
        if (!('runningMs' in served)) return served.answered;
        if (!(await wait?.next(served.runningMs))) {
          return await serve({ kind: 'reject', reason: 'running', retryAfterMs: served.runningMs });
        }
      }
    } finally {
      wait?.end();
    }
  }

  /** Sends waiting requests away, and waits until no attempt is running, for `graceMs` at most. What still runs then lapses. */
  async close(graceMs: number): Promise<void> {
    this.#waiting.close();
    if (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#means.clock.after(graceMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const attempt of this.#running) attempt.abandon();
  }

  async #leased<T>(lease: Lease, terms: Terms, serve: (turn: Turn) => Promise<T>, mayWait: boolean): Promise<Served<T>> {
    const { found, verdict } = await this.#open(lease, terms);
    if (verdict.kind !== 'execute') {
      if (found.claim?.kind === 'won') await this.#leave(lease, terms, verdict);
      if (mayWait && isRunning(verdict)) return { runningMs: verdict.retryAfterMs ?? 0 };
      return { answered: await serve(verdict) };
    }
    const { leaseMs, keepMs, manual, holdAtMostMs } = terms;
    const holding = { lease, number: verdict.attempt, kept: verdict.kept, leaseMs, keepMs, manual, holdAtMostMs };
    const attempt = new LeasedAttempt(this.#means, holding, this.#ended);
    this.#running.add(attempt);
    try {
      return { answered: await serve({ kind: 'execute', attempt }) };
    } catch (error) {
      // Nobody knows how far it came, so its lease is neither renewed nor handed back.
      attempt.abandon();
      throw error;
    }
  }

  async #inTransaction<T>(lease: Lease, terms: Terms, serve: (turn: Turn) => Promise<T>, mayWait: boolean): Promise<Served<T>> {
    const { backend } = this.#means;
    if (!backend.transaction)
      throw new TypeError('This backend has no transactions: choose one that does, or set `transactional: false`.');
    const hold = new Hold(this.#means.clock, terms.holdAtMostMs);
    const work = async (): Promise<Served<T>> => {
      hold.begin();
      const { verdict } = await this.#open(lease, terms);
      if (verdict.kind !== 'execute') {
        if (mayWait && isRunning(verdict)) return { runningMs: verdict.retryAfterMs ?? 0 };
        return { answered: await serve(verdict) };
      }
      const attempt = new TransactionalAttempt(this.#means, lease, terms.keepMs, verdict.kept, terms.manual, hold.signal);
      const answered = await serve({ kind: 'execute', attempt });
      if (attempt.isUndone) throw new RolledBack(answered);
      if (backend.joined?.() === false) this.#means.onFault({ kind: 'transaction-unused', slot: lease.slot });
      return { answered };
    };
    try {
      return await hold.over(backend.transaction(work, hold.signal));
    } catch (error) {
      if (error instanceof RolledBack) return { answered: error.answered as T };
      if (hold.isOver) this.#means.onFault({ kind: 'expired', slot: lease.slot });
      throw error;
    }
  }

  async #open(lease: Lease, terms: Terms): Promise<{ found: Found; verdict: Verdict }> {
    const { backend, codec, onFault } = this.#means;
    const { slot } = lease;
    try {
      const { record, claim } = await backend.open(lease, terms.leaseMs, terms.keepMs, terms.manual);
      const found: Found = { record: record && (await codec.decode(record, slot)), claim };
      const verdict = decide(lease.fingerprint, found, terms);
      if (verdict.kind === 'reject' && verdict.reason === 'unreadable') onFault({ kind: 'unreadable', slot });
      if (claim?.kind === 'won' && claim.attempt > 1) onFault({ kind: 'lapsed', slot, attempt: claim.attempt });
      return { found, verdict };
    } catch (cause) {
      onFault({ kind: 'open-failed', slot, cause });
      // The claim may have been granted though its reply was lost: nobody runs under it, so it is handed back.
      if (!terms.transactional) void this.#handBack(lease, terms);
      throw cause;
    }
  }

  /** Ends a claim that was won although nothing is to run under it. */
  async #leave(lease: Lease, terms: Terms, verdict: Verdict): Promise<void> {
    if (verdict.kind !== 'reject' || verdict.reason !== 'unknown') return this.#release(lease);
    const { backend, codec, onFault } = this.#means;
    const { slot, fingerprint } = lease;
    try {
      const bytes = await codec.encode({ kind: 'tombstone', fingerprint, loss: 'unknown' }, slot);
      await backend.settle(lease, bytes, terms.keepMs);
    } catch (cause) {
      // The lease is left to lapse: the next request finds its trace and comes to the same verdict.
      onFault({ kind: 'save-failed', slot, cause });
    }
  }

  /** Asks again under the same token, and releases unless an earlier holder lapsed: a release would forget that before anybody was told. */
  async #handBack(lease: Lease, { leaseMs, keepMs }: Terms): Promise<void> {
    const { backend, onFault } = this.#means;
    try {
      const { claim, record } = await backend.open(lease, leaseMs, keepMs, true);
      if (claim?.kind === 'won' && (claim.attempt === 1 || record)) await backend.release(lease);
    } catch (cause) {
      // The lease, if there is one, lapses by itself.
      onFault({ kind: 'release-failed', slot: lease.slot, cause });
    }
  }

  async #release(lease: Lease): Promise<void> {
    try {
      await this.#means.backend.release(lease);
    } catch (cause) {
      this.#means.onFault({ kind: 'release-failed', slot: lease.slot, cause } satisfies Fault);
    }
  }

  readonly #ended = (attempt: LeasedAttempt): void => {
    this.#running.delete(attempt);
    if (this.#running.size === 0) this.#onIdle?.();
  };
}

type Served<T> = { readonly answered: T } | { readonly runningMs: number };

function isRunning(verdict: Verdict): verdict is Verdict & { readonly kind: 'reject'; readonly reason: 'running' } {
  return verdict.kind === 'reject' && verdict.reason === 'running';
}
