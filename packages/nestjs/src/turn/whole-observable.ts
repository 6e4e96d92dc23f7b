/** An Observable that runs to its end, whoever unsubscribes: what a handler began is not stopped because nobody listens any more. */
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import { isThenable } from '@nestjs-idempotency/core';

/** What an Observable gave: its last value, which is what Nest answers with, and how many there were. */
export interface Gave {
  readonly last: unknown;
  readonly count: number;
}

/** What is told of an Observable. */
export interface Watching {
  /** It gives a value, which is not handed on yet. */
  gives(): void;
  /** It completed, and every promise that it gave has settled, the last one well. */
  ended(gave: Gave): void;
  failed(error: unknown): void;
  /** Nobody listens before the end: no consumer has come yet, or it has left. */
  unheard(whole: WholeObservable): void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };
type End = { readonly error?: unknown };

/** How many values are held for a consumer that has not come yet: Nest comes in the same turn, and of an endless source memory is bounded. */
const EARLY = 1_000;

/** An Observable was given up: whether its work goes on, nobody knows. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';

  constructor() {
    super('The Observable of the handler was stopped: nobody listened to it, and its time was over.');
  }
}

/** Runs a source at once, in the async scope of its handler, and hands on what it emits; to its consumer also what came before it. */
export class WholeObservable {
  readonly #watching: Watching;
  readonly #early: unknown[] = [];
  readonly #source: Subscription;
  #consumer: Subscriber<unknown> | undefined;
  #isHeard = false;
  #last: unknown;
  #count = 0;
  /** Promises that it gave and that have not settled: work of the handler, like what it awaits itself. */
  #pending = 0;
  /** What became of the last value, where it was a promise. */
  #outcome: Outcome | undefined;
  #end: End | undefined;
  #isTold = false;

  constructor(source: Observable<unknown>, watching: Watching) {
    this.#watching = watching;
    this.#source = source.subscribe({
      next: (value) => {
        this.#next(value);
      },
      error: (error: unknown) => {
        this.#finish({ error });
      },
      complete: () => {
        this.#finish({});
      },
    });
    if (this.#end === undefined) watching.unheard(this);
  }

  /** What the framework consumes in the place of the source. */
  asObservable(): Observable<unknown> {
    return new Observable((consumer) => {
      this.#isHeard = true;
      if (this.#count > EARLY && this.#early.length === EARLY)
        consumer.error(new Error(`The Observable of the handler gave more than ${EARLY} values before anybody listened.`));
      for (const value of this.#early.splice(0)) consumer.next(value);
      if (this.#end === undefined) this.#consumer = consumer;
      else if ('error' in this.#end) consumer.error(this.#end.error);
      else consumer.complete();
      return () => {
        this.#consumer = undefined;
        if (this.#end === undefined) this.#watching.unheard(this);
      };
    });
  }

  /** Ends a source to which nobody listens: it may have no end. One that has ended, or is listened to, stays as it is. */
  stop(): void {
    if (this.#end !== undefined || this.#consumer !== undefined) return;
    this.#source.unsubscribe();
    this.#pending = 0;
    this.#finish({ error: new StoppedError() });
  }

  #next(value: unknown): void {
    // Not the thenable itself: a lazy one, such as a query, runs each time that it is asked.
    const given = isThenable(value) ? this.#awaited(Promise.resolve(value)) : value;
    this.#last = given;
    this.#outcome = undefined;
    this.#count += 1;
    this.#watching.gives();
    if (this.#isHeard) this.#consumer?.next(given);
    else if (this.#early.length < EARLY) this.#early.push(given);
  }

  #awaited(promise: Promise<unknown>): Promise<unknown> {
    this.#pending += 1;
    const settled = (outcome: Outcome): void => {
      this.#pending -= 1;
      if (promise === this.#last) this.#outcome = outcome;
      if (this.#end !== undefined) this.#tell();
    };
    promise.then(
      (value) => {
        settled({ value });
      },
      (error: unknown) => {
        settled({ error });
      },
    );
    return promise;
  }

  #finish(end: End): void {
    this.#end = end;
    this.#tell();
    if ('error' in end) this.#consumer?.error(end.error);
    else this.#consumer?.complete();
  }

  /** Tells how it ended, once nothing that it gave is under way; its last value tells, as Nest awaits it. */
  #tell(): void {
    if (this.#pending > 0 || this.#isTold || this.#end === undefined) return;
    this.#isTold = true;
    const outcome: Outcome = 'error' in this.#end ? { error: this.#end.error } : (this.#outcome ?? { value: this.#last });
    if ('error' in outcome) this.#watching.failed(outcome.error);
    else this.#watching.ended({ last: outcome.value, count: this.#count });
  }
}
