/** What stands between a handler and its turn: inner interceptors and pipes, as one Observable that runs whoever listens outside. */
import type { Observable, Subscriber, Subscription } from 'rxjs';

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
    const run = (this.#runs += 1);
    this.#about(run);
    let isOver = false;
    const end = (hasFailed: boolean): void => {
      isOver = true;
      if (run !== this.#run) return;
      this.isOver = true;
      this.hasFailed = hasFailed;
      this.isAhead = this.watch.isRunning;
      this.watch.chainChanged();
    };
    subscriber.add(() => {
      if (isOver || run !== this.#run) return;
      this.isLeft = true;
      // Who leaves upon a value has what it was to be given.
      if (!this.#isEmitting) this.isUnheard = true;
      this.watch.chainChanged();
    });
    this.#running = this.handled.subscribe({
      next: (value) => {
        if (run !== this.#run && !subscriber.closed) this.#about(run);
        if (run === this.#run) this.hasGiven = this.watch.hasGiven;
        this.#isEmitting = true;
        subscriber.next(value);
        this.#isEmitting = false;
      },
      error: (error: unknown) => {
        end(true);
        subscriber.error(error);
      },
      complete: () => {
        end(false);
        subscriber.complete();
      },
    });
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
