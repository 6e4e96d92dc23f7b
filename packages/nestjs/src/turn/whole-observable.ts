/** An Observable that runs to its end, whoever unsubscribes: what a handler began is not stopped because nobody listens any more. */
import { Observable, type Subscriber, type Subscription } from 'rxjs';

/** What is told of an Observable. */
export interface Watching {
  /** It completed; `last` is what it emitted last. */
  ended(last: unknown): void;
  failed(error: unknown): void;
  /** The consumer has left before the end. */
  orphaned(): void;
}

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
  #end: { readonly error?: unknown } | undefined;

  constructor(source: Observable<unknown>, watching: Watching) {
    this.#watching = watching;
    this.#source = source.subscribe({
      next: (value) => {
        this.#last = value;
        if (this.#isHeard) this.#consumer?.next(value);
        else this.#early.push(value);
      },
      error: (error: unknown) => {
        this.#fail(error);
      },
      complete: () => {
        this.#end = {};
        watching.ended(this.#last);
        this.#consumer?.complete();
      },
    });
  }

  /** What the framework consumes in the place of the source. */
  asObservable(): Observable<unknown> {
    return new Observable((consumer) => {
      this.#isHeard = true;
      for (const value of this.#early.splice(0)) consumer.next(value);
      if (this.#end === undefined) this.#consumer = consumer;
      else if ('error' in this.#end) consumer.error(this.#end.error);
      else consumer.complete();
      return () => {
        if (this.#end === undefined) this.#watching.orphaned();
        this.#consumer = undefined;
      };
    });
  }

  /** Ends a source that may have no end, when nobody waits for it any more; one that has ended stays as it is. */
  stop(): void {
    if (this.#end !== undefined) return;
    this.#source.unsubscribe();
    this.#fail(new StoppedError());
  }

  #fail(error: unknown): void {
    this.#end = { error };
    this.#watching.failed(error);
    this.#consumer?.error(error);
  }
}
