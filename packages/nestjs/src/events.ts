/** What happened, for those who run the application. */
import { Injectable, Logger } from '@nestjs/common';
import type { Fault } from '@nestjs-idempotency/core';
import { describeFault, errorName } from './fault-words.js';
import type { Reason } from './problems.js';
import { isThenable } from '@nestjs-idempotency/core';

/** How a request that takes part ended. */
export type RequestOutcome =
  | 'executed'
  | 'replayed'
  /** The handler ran; its answer is not one that is kept. */
  | 'released'
  /** The handler ran; its answer could not be kept, and a tombstone stands in its place. */
  | 'unkept'
  /** The handler ran; nobody rendered what it gave, which is kept for the next request with its key to render. */
  | 'unrendered'
  /** The handler ran, but another attempt's record was first: its client was given that one. */
  | 'superseded'
  /** The handler ran; the store failed, and the save is tried again in the background. */
  | 'deferred'
  /** The handler ran without protection, as the store was down and the application wants it so. */
  | 'unprotected'
  | Reason;

/** One request, or one fault behind a request. Slots are digests; no key, body or credential is in an event. */
export type IdempotencyEvent =
  | {
      readonly kind: 'request';
      readonly outcome: RequestOutcome;
      /** The route: the names of its controller and its method. */
      readonly route: string;
      /** Absent where the request was refused before its slot was known. */
      readonly slot?: string;
      /** Absent where no attempt was made. */
      readonly attempt?: number;
      /** From the interceptor's beginning until the answer was let go. */
      readonly totalMs: number;
      /** Of these, until the verdict: the store and the waiting. */
      readonly openMs: number;
    }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** What is told of events. What it returns is not waited for. */
export type EventListener = (event: IdempotencyEvent) => void;

/** Hands events to whoever subscribed. A listener that throws or rejects stops neither the request nor the other listeners, and is logged. */
@Injectable()
export class IdempotencyEvents {
  readonly #logger = new Logger('Idempotency');
  /** Put in place anew by each change, so that a listener may subscribe and unsubscribe while it is told. */
  #listeners: readonly { readonly listener: (event: IdempotencyEvent) => unknown }[] = [];
  readonly #failures = new Set<string>();

  /**
   * Calls `listener` with every event from now on, in the request's own call stack: it should be quick. Returns what ends it.
   * That it throws, or returns a promise that rejects, is logged once for each kind of event, without the words of the error.
   */
  subscribe(listener: EventListener): () => void {
    // An object of its own, so that one listener may subscribe twice and end one of both.
    const own = { listener };
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== own);
    };
  }

  /** Whether anybody listens: events are not made for nobody. */
  get isObserved(): boolean {
    return this.#listeners.length > 0;
  }

  /** Tells of a fault; one that nobody listens for is logged, since somebody should know. */
  fault(fault: Fault): void {
    if (this.isObserved) this.emit({ kind: 'fault', fault });
    else this.#logger.warn(describeFault(fault));
  }

  emit(event: IdempotencyEvent): void {
    for (const { listener } of this.#listeners) {
      try {
        const returned = listener(event);
        if (isThenable(returned))
          Promise.resolve(returned).catch((error: unknown) => {
            this.#failed(event, 'rejected', error);
          });
      } catch (error) {
        this.#failed(event, 'threw', error);
      }
    }
  }

  /** Once for each kind: a listener that fails, fails for every request. */
  #failed({ kind }: IdempotencyEvent, how: 'threw' | 'rejected', error: unknown): void {
    const failure = `${how} at a ${kind}`;
    if (this.#failures.has(failure)) return;
    this.#failures.add(failure);
    this.#logger.error(
      `A listener of idempotency events (\`onEvent\`) ${failure}: ${errorName(error)}. It is told of once; the request goes on.`,
    );
  }
}
