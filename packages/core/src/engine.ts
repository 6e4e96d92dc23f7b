/** Opens attempts, and waits for running ones. Long because how a request comes to its turn, under a lease or in a transaction, is read in one piece. */
import { randomUUID } from 'node:crypto';
import type { Means } from './attempt.js';
import { holdingOf, turnOf } from './begun.js';
import { bury } from './bury.js';
import { type Clock, LONGEST_TIMER_MS, systemClock } from './clock.js';
import { envelope } from './codec.js';
import type { Verdict } from './decide.js';
import { beforeTurn, IdempotencyEndedError } from './errors.js';
import type { OnFault } from './faults.js';
import { Hold } from './hold.js';
import { LeasedAttempt } from './leased-attempt.js';
import { Opener } from './opening.js';
import type { Identity, IdempotencyBackend, Lease } from './ports.js';
import type { RecordCodec } from './record.js';
import { RolledBack, TransactionalAttempt } from './transaction.js';
import type { Terms, Turn } from './turn.js';
import { type Wait, Waiting } from './waiting.js';

export interface EngineOptions {
  readonly codec?: RecordCodec;
  readonly clock?: Clock;
  readonly onFault?: OnFault;
  /** Requests that may wait at once; further ones are told 'running'. Default 10,000. */
  readonly maxWaiting?: number;
}

export class Engine {
  readonly #means: Means;
  readonly #opener: Opener;
  readonly #waiting: Waiting;
  /** Turns under a lease, and the holds of those in a transaction. */
  readonly #running = new Set<LeasedAttempt | Hold>();
  #onIdle: (() => void) | undefined;
  readonly #endDrops: (() => void) | void;

  constructor(backend: IdempotencyBackend, options: EngineOptions = {}) {
    const { codec = envelope, clock = systemClock, onFault = () => undefined, maxWaiting = 10_000 } = options;
    this.#means = { backend, codec, clock, onFault };
    this.#endDrops = backend.onDrop?.((slot) => {
      onFault({ kind: 'dropped', slot });
    });
    this.#opener = new Opener(this.#means);
    this.#waiting = new Waiting(backend, clock, maxWaiting);
  }

  /** Attempts that are running now. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Gives the request its turn and returns what `serve` made of it. A turn to execute or render must end in `keep` or `giveUp`.
   * Before `serve` is called it rejects with an `IdempotencyUnavailableError` when the store could not be asked, with an
   * `IdempotencyConflictError` when the store lost against another request and is to be asked again, and with nothing else but the
   * `TypeError` of terms that the backend has no transactions for; nothing has run then. A refusal is a turn, never an error.
   * Afterwards it rejects with what `serve` rejected with, and in a transaction with what the commit did.
   */
  async run<T>(identity: Identity, terms: Terms, serve: (turn: Turn) => Promise<T>): Promise<T> {
    if (terms.transactional && !this.#means.backend.transaction)
      throw new TypeError('This backend has no transactions: choose one that does, or set `transactional: false`.');
    const lease: Lease = { slot: identity.slot, fingerprint: identity.fingerprint, token: randomUUID() };
    let isServed = false;
    const told = (turn: Turn): Promise<T> => {
      isServed = true;
      return serve(turn);
    };
    let wait: Wait | undefined;
    try {
      if (terms.waitMs > 0) wait = this.#waiting.begin(lease.slot, terms.waitMs);
      for (;;) {
        const served = terms.transactional
          ? await this.#inTransaction(lease, terms, told, wait !== undefined)
          : await this.#leased(lease, terms, told, wait !== undefined);
        if (!('runningMs' in served)) return served.answered;
        if (!(await wait?.next(served.runningMs))) {
          return await told({ kind: 'reject', reason: 'running', retryAfterMs: served.runningMs });
        }
      }
    } catch (error) {
      throw isServed ? error : beforeTurn(this.#means.backend, error);
    } finally {
      wait?.end();
    }
  }

  /** Sends waiting requests away, and waits until no attempt is running, for `graceMs` at most. What still runs then lapses, and hears so by its signal; a transaction is left to its own end. */
  async close(graceMs: number): Promise<void> {
    this.#waiting.close();
    if (this.#running.size > 0) {
      // Where nothing else keeps the process alive, it would end here, in the middle of its shutdown.
      const alive = setInterval(() => undefined, LONGEST_TIMER_MS);
      await new Promise<void>((resolve) => {
        const cancel = this.#means.clock.after(graceMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
      clearInterval(alive);
    }
    for (const turn of this.#running) if (turn instanceof LeasedAttempt) turn.lapse();
    // A store that others use on tells this one of nothing any more, and holds it no longer.
    this.#endDrops?.();
  }

  async #leased<T>(lease: Lease, terms: Terms, serve: (turn: Turn) => Promise<T>, mayWait: boolean): Promise<Served<T>> {
    const { found, verdict } = await this.#opener.open(lease, terms);
    if (verdict.kind !== 'execute' && verdict.kind !== 'render') {
      if (found.claim?.kind === 'won') await this.#opener.leave(lease, terms, verdict);
      if (mayWait && isRunning(verdict)) return { runningMs: verdict.retryAfterMs ?? 0 };
      return { answered: await serve(verdict) };
    }
    const attempt = new LeasedAttempt(this.#means, holdingOf(lease, verdict, terms), this.#ended);
    this.#running.add(attempt);
    try {
      return { answered: await serve(turnOf(verdict, attempt)) };
    } catch (error) {
      // Nobody knows how far it came, so its lease is neither renewed nor handed back.
      attempt.abandon();
      throw error;
    }
  }

  async #inTransaction<T>(lease: Lease, terms: Terms, serve: (turn: Turn) => Promise<T>, mayWait: boolean): Promise<Served<T>> {
    const { backend } = this.#means;
    if (!backend.transaction) throw new TypeError('This backend has no transactions.');
    const hold = new Hold(this.#means.clock, terms.holdAtMostMs);
    let isBegun = false;
    const work = async (): Promise<Served<T>> => {
      isBegun = true;
      hold.begin();
      const { verdict } = await this.#opener.open(lease, terms);
      if (verdict.kind !== 'execute' && verdict.kind !== 'render') {
        if (mayWait && isRunning(verdict)) return { runningMs: verdict.retryAfterMs ?? 0 };
        return { answered: await serve(verdict) };
      }
      const { kept, replaces } = holdingOf(lease, verdict, terms);
      const attempt = new TransactionalAttempt(this.#means, lease, terms.keepMs, kept, replaces, hold.signal);
      this.#running.add(hold);
      const answered = await serve(turnOf(verdict, attempt));
      if (attempt.isUndone) throw new RolledBack(answered);
      if (verdict.kind === 'execute' && backend.joined?.() === false)
        this.#means.onFault({ kind: 'transaction-unused', slot: lease.slot });
      return { answered };
    };
    const over = backend.transaction(work, hold.signal).catch(async (error: unknown) => {
      // Also where the time is over and its client is gone: what stands must not run again.
      if (error instanceof IdempotencyEndedError) await bury(this.#means, lease, terms);
      throw error;
    });
    try {
      return await hold.over(over);
    } catch (error) {
      if (error instanceof RolledBack) return { answered: error.answered as T };
      // The opening tells of itself, once there is a transaction for it.
      if (!isBegun && backend.isConflict?.(error) !== true)
        this.#means.onFault({ kind: 'open-failed', slot: lease.slot, cause: error });
      if (hold.isOver) this.#means.onFault({ kind: 'expired', slot: lease.slot });
      throw error;
    } finally {
      // Not before: shutdown waits for the commit as well.
      this.#ended(hold);
    }
  }

  readonly #ended = (turn: LeasedAttempt | Hold): void => {
    this.#running.delete(turn);
    if (this.#running.size === 0) this.#onIdle?.();
  };
}

type Served<T> = { readonly answered: T } | { readonly runningMs: number };

function isRunning(verdict: Verdict): verdict is Verdict & { readonly kind: 'reject'; readonly reason: 'running' } {
  return verdict.kind === 'reject' && verdict.reason === 'running';
}
