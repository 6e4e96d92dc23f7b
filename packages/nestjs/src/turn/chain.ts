/** What stands between a handler and its turn: inner interceptors and pipes, as one Observable that runs whoever listens outside. */
import type { Observable, Subscriber, Subscription } from 'rxjs';

/** Whoever holds the turn that a chain belongs to. */
export interface ChainWatch {
  /** The status that stands on the response now. */
  status(): number;
  /** The chain has ended, or those outside have left: told before they hear of an end. */
  chainChanged(): void;
}

export class Chain {
  /** Nothing more comes of it; a further subscription opens it again. */
  isOver = false;
  /** It ended in an error. */
  hasFailed = false;
  /** Who stands outside has left before it ended, and not upon something that it emitted: nothing of it will be rendered. */
  isUnheard = false;
  /** Something came of it for those outside. */
  hasEmitted = false;
  /** The status that stood on the response when it was handed to those outside. */
  status: number | undefined;
  #isEmitting = false;
  #runs = 0;
  #running: Subscription | undefined;

  constructor(
    private readonly handled: Observable<unknown>,
    private readonly watch: ChainWatch,
  ) {}

  /**
   * Runs it, once for each subscription from outside, and tells `subscriber` what it emits. It is not tied to its subscriber. What is
   * known of it is known of the last run: who subscribes again has given the one before up.
   */
  run(subscriber: Subscriber<unknown>): void {
    const run = (this.#runs += 1);
    this.isOver = this.hasFailed = this.isUnheard = this.hasEmitted = false;
    this.status = undefined;
    let isOver = false;
    const end = (hasFailed: boolean): void => {
      isOver = true;
      if (run !== this.#runs) return;
      this.isOver = true;
      this.hasFailed = hasFailed;
      this.status ??= this.watch.status();
      this.watch.chainChanged();
    };
    subscriber.add(() => {
      if (isOver || this.#isEmitting || run !== this.#runs) return;
      this.isUnheard = true;
      this.watch.chainChanged();
    });
    this.#running = this.handled.subscribe({
      next: (value) => {
        if (run === this.#runs) {
          this.status = this.watch.status();
          this.hasEmitted = true;
        }
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
    this.#runs += 1;
    this.isOver = this.isUnheard = true;
    this.#running?.unsubscribe();
    this.watch.chainChanged();
  }
}
