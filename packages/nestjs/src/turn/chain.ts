/** What stands between a handler and its turn: inner interceptors and pipes, as one Observable that runs whoever listens outside. */
import type { Observable, Observer, Subscriber, Subscription, Unsubscribable } from 'rxjs';

/** Whoever holds the turn that a chain belongs to. */
export interface ChainWatch {
  /** The handler has returned, or its Observable has given something. */
  readonly hasGiven: boolean;
  /** The handler runs. */
  readonly isRunning: boolean;
  /** The chain has ended, or those outside have left: told before they hear of an end. */
  chainChanged(): void;
}

export class Chain {
  /** Nothing more comes of it; a further subscription opens it again. */
  isOver = false;
  /** It ended in an error. */
  hasFailed = false;
  /** It ended while the handler ran on, so that somebody inside ended it. */
  isAhead = false;
  /** Who stands outside has left before it ended, and not upon something that it emitted: nothing of it will be rendered. */
  isUnheard = false;
  /** Who stands outside was given something of which the handler had given its part, and what they render is made of that. */
  hasGiven = false;
  /** An earlier run had given something so. */
  hadGiven = false;
  /** Nobody listens any more, though it may go on. */
  isLeft = false;
  #isEmitting = false;
  /** How many runs there were; who has left all of them is told of none. */
  #runs = 0;
  /** The run that is known of: the last one, or the one that has given something to who listens. */
  #run = 0;
  #running: Subscription | undefined;

  constructor(
    private readonly handled: Observable<unknown>,
    private readonly watch: ChainWatch,
  ) {}

  /**
   * Runs it, once for each subscription from outside, and tells `subscriber` what it emits. It is not tied to its subscriber. What is
   * known of it is known of the last run, as who subscribes again has mostly given the one before up; or of the one that gives something
   * to who has not.
   */
  run(subscriber: Subscriber<unknown>): void {
    const number = (this.#runs += 1);
    this.#about(number);
    const run = new Run(subscriber, number, this);
    subscriber.add(run);
    this.#running = this.handled.subscribe(run);
  }

  gives(value: unknown, { number, subscriber }: Run): void {
    if (number !== this.#run && !subscriber.closed) this.#about(number);
    if (number === this.#run) this.hasGiven = this.watch.hasGiven;
    this.#isEmitting = true;
    subscriber.next(value);
    this.#isEmitting = false;
  }

  ended({ number }: Run, hasFailed: boolean): void {
    if (number !== this.#run) return;
    this.isOver = true;
    this.hasFailed = hasFailed;
    this.isAhead = this.watch.isRunning;
    this.watch.chainChanged();
  }

  left({ number }: Run): void {
    if (number !== this.#run) return;
    this.isLeft = true;
    // Who leaves upon a value has what it was to be given.
    if (!this.#isEmitting) this.isUnheard = true;
    this.watch.chainChanged();
  }

  /** Gives up what has no end, when nobody waits for it any more: its handler hears that nobody listens. */
  leave(): void {
    if (this.isOver) return;
    this.#run = this.#runs += 1;
    this.isOver = true;
    this.isUnheard ||= !this.isLeft;
    this.#running?.unsubscribe();
    this.watch.chainChanged();
  }

  #about(run: number): void {
    this.#run = run;
    this.hadGiven ||= this.hasGiven;
    this.isOver = this.hasFailed = this.isAhead = this.isUnheard = this.hasGiven = this.isLeft = false;
  }
}

/** One run: hears what the chain emits, and that its subscriber leaves. An object, since V8 compiles closures anew for each request. */
class Run implements Observer<unknown>, Unsubscribable {
  #isOver = false;

  constructor(
    readonly subscriber: Subscriber<unknown>,
    readonly number: number,
    private readonly chain: Chain,
  ) {}

  next(value: unknown): void {
    this.chain.gives(value, this);
  }

  error(error: unknown): void {
    this.#end(true);
    this.subscriber.error(error);
  }

  complete(): void {
    this.#end(false);
    this.subscriber.complete();
  }

  /** Who stands outside is done with it: it has left, unless the run is over. */
  unsubscribe(): void {
    if (!this.#isOver) this.chain.left(this);
  }

  #end(hasFailed: boolean): void {
    this.#isOver = true;
    this.chain.ended(this, hasFailed);
  }
}
