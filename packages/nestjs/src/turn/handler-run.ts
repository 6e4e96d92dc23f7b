/**
 * What is known of a handler, from the handler itself: whether it began, whether it is over, and how. Long because a handler may give
 * a value, a promise or an Observable, throw, and be asked for once more while it runs, and all of that counts the same runs.
 */
import { isObservable } from 'rxjs';
import { isThenable } from '@nestjs-idempotency/core';
import { copyOf } from '../unsent/json-value.js';
import { WholeObservable } from './whole-observable.js';

/** How far a handler has come. The last of several runs within one turn counts, as with a retry outside. */
export type HandlerFacts =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running' }
  /** `status` stood on the response when it gave `value`; of `several` that it gave, that is the last. */
  | { readonly kind: 'returned'; readonly value: unknown; readonly status: number; readonly several: boolean }
  | { readonly kind: 'threw'; readonly error: unknown };

type Returned = HandlerFacts & { readonly kind: 'returned' };

/** Whoever holds the turn that a handler runs in. */
export interface HandlerWatch {
  /** The status that stands on the response now. */
  status(): number;
  began(): void;
  /** No run of the handler is under way any more. */
  ended(): void;
  /** Whether somebody outside still waits for what it gives. */
  readonly isHeard: boolean;
  /** Fires when a run that nobody listens to may be stopped. */
  readonly signal: AbortSignal;
}

/** What runs in the place of a handler that is given as it is: a recovery, or what was kept of an earlier run. */
export type Instead = (handler: () => unknown) => unknown;

/** How the handler of a turn is run. */
export interface HandlerWays {
  /** What runs in the handler's place, if anything does. */
  readonly instead: Instead | undefined;
  /** Runs it so that what it starts can be told from what others do. */
  readonly inScope: ((work: () => unknown) => unknown) | undefined;
  /** It does not run again when it has thrown: what it did would be committed with what the next run does. */
  readonly once: boolean;
  /** Nobody stands around it who could change in place what it gave, before that is kept or given again. */
  readonly isAlone: boolean;
}

const IDLE: HandlerFacts = { kind: 'idle' };
const RUNNING: HandlerFacts = { kind: 'running' };

/** The runs of one handler within one turn. */
export class HandlerRun {
  #facts: HandlerFacts = IDLE;
  #running = 0;
  #own: object | undefined;
  #isClosed = false;
  #isThrownUnheard = false;
  /** Something of it was handed on. */
  #hasGiven = false;
  /** Those who asked for the handler once more while it ran. */
  readonly #joined: (() => void)[] = [];
  /** Nest has been given what brings the handler its turn, so it is about to call it. */
  isCalled = false;

  constructor(
    private readonly watch: HandlerWatch,
    private readonly ways: HandlerWays,
  ) {}

  get facts(): HandlerFacts {
    return this.#facts;
  }

  /** Whether it has returned, or its Observable has given something. */
  get hasGiven(): boolean {
    return this.#hasGiven;
  }

  /** From now on no run begins: the turn is over, and a run outside of it would be outside of its lease. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Runs `handler` and gives what it gave; an Observable among it runs to its end. Throws what the handler throws, and an error of
   * its own where it has not begun before `close()`. `named` is the same for all runs of one handler; the first that runs is the turn's
   * own. It runs again only when it has thrown and that was heard, and never where it runs `once`: whoever asks while it runs, or
   * afterwards, as a retry outside of a timeout does, is given what it gives then or gave.
   */
  run(handler: () => unknown, named: object): unknown {
    const { kind } = this.#facts;
    const isFinal = this.#isClosed || this.#isThrownUnheard || this.ways.once;
    const isGiven = this.#running > 0 || kind === 'returned' || (kind === 'threw' && isFinal);
    if (named === this.#own && isGiven) return this.#joinedOutcome();
    if (this.#isClosed) throw new Error('The request was answered before its handler began; the handler does not run.');
    this.#own ??= named;
    this.#running += 1;
    this.#facts = RUNNING;
    this.watch.began();
    const { instead, inScope } = this.ways;
    try {
      // A handler that is reached from within another one, by `next()`, is a part of it.
      const work = instead === undefined || named !== this.#own ? handler : () => instead(handler);
      return this.#given(inScope === undefined ? work() : inScope(work));
    } catch (error) {
      this.#threw(error);
      throw error;
    }
  }

  #joinedOutcome(): unknown {
    if (this.#facts.kind === 'returned') return readAgain(this.#facts);
    if (this.#facts.kind === 'threw') {
      this.#isThrownUnheard = false;
      throw this.#facts.error;
    }
    return new Promise((resolve, reject) => {
      this.#joined.push(() => {
        const facts = this.#facts;
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- What the handler threw, as it is.
        if (facts.kind === 'threw') reject(facts.error);
        else resolve(facts);
      });
    }).then((facts) => readAgain(facts as Returned));
  }

  #given(value: unknown): unknown {
    if (isThenable(value)) {
      // Not the thenable itself: a lazy one, such as a query, runs each time that it is asked.
      return Promise.resolve(value).then(
        (settled) => this.#whole(settled),
        (error: unknown) => {
          this.#threw(error);
          throw error;
        },
      );
    }
    return this.#settled(value);
  }

  #whole(settled: unknown): unknown {
    try {
      return this.#settled(settled);
    } catch (error) {
      // What only looks like an Observable may throw when it is subscribed to.
      this.#threw(error);
      throw error;
    }
  }

  #settled(value: unknown): unknown {
    if (!isObservable(value)) {
      this.#hasGiven = true;
      this.#returned(value, this.watch.status(), false);
      return value;
    }
    let status: number | undefined;
    const whole = new WholeObservable(value, {
      gives: () => {
        this.#hasGiven = true;
        status = this.watch.status();
      },
      ended: ({ last, count }) => {
        this.#hasGiven = true;
        this.#returned(last, status ?? this.watch.status(), count > 1);
      },
      failed: (error) => {
        this.#threw(error);
      },
      unheard: (unheard) => {
        const { signal } = this.watch;
        const stop = (): void => {
          unheard.stop();
        };
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      },
    });
    return whole.asObservable();
  }

  #returned(given: unknown, status: number, several: boolean): void {
    const value = this.ways.isAlone ? given : copyOf(given);
    this.#end({ kind: 'returned', value, status, several });
  }

  #threw(error: unknown): void {
    this.#end({ kind: 'threw', error });
  }

  #end(facts: HandlerFacts): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    this.#facts = facts;
    this.#isThrownUnheard = facts.kind === 'threw' && !this.watch.isHeard;
    for (const tell of this.#joined.splice(0)) tell();
    this.watch.ended();
  }
}

/** What it returned, unless that can be read only once: Nest destroys a stream whose first reader has left. */
function readAgain({ value, several }: Returned): unknown {
  const isStream =
    typeof value === 'object' &&
    value !== null &&
    (('pipe' in value && typeof value.pipe === 'function') || ('getStream' in value && typeof value.getStream === 'function'));
  if (!isStream && !several) return copyOf(value);
  throw new Error(
    `The handler gave ${several ? 'several values' : 'a stream'} to somebody who has left; that can be read only once, and the handler does not run again.`,
  );
}
