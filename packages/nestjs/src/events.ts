/** What happened, for those who run the application. */
import { Injectable, Logger } from '@nestjs/common';
import type { Fault } from '@nestjs-idempotency/core';
import type { Reason } from './problems.js';

/** How a request that takes part ended. */
export type RequestOutcome =
  | 'executed'
  | 'replayed'
  /** The handler ran; its answer is not one that is kept. */
  | 'released'
  /** The handler ran; its answer could not be kept, and a tombstone stands in its place. */
  | 'unkept'
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

/** Hands events to whoever subscribed. A listener that throws stops neither the request nor the other listeners. */
@Injectable()
export class IdempotencyEvents {
  readonly #logger = new Logger('Idempotency');
  readonly #listeners = new Set<(event: IdempotencyEvent) => void>();

  /** Calls `listener` with every event from now on, in the request's own call stack: it should be quick. Returns what ends it. */
  subscribe(listener: (event: IdempotencyEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether anybody listens: events are not made for nobody. */
  get isObserved(): boolean {
    return this.#listeners.size > 0;
  }

  /** Tells of a fault; one that nobody listens for is logged, since somebody should know. */
  fault(fault: Fault): void {
    if (this.isObserved) this.emit({ kind: 'fault', fault });
    else this.#logger.warn(describeFault(fault));
  }

  emit(event: IdempotencyEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // Thrown where it is nobody's request: a listener must not change an answer, and its error must not vanish.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function describeFault(fault: Fault): string {
  const attempt = 'attempt' in fault ? `, attempt ${fault.attempt}` : '';
  const cause = 'cause' in fault ? `: ${messageOf(fault.cause)}` : '';
  const callback = 'callback' in fault ? ` of ${fault.callback}` : '';
  return `${fault.kind}${callback} (slot ${fault.slot ?? 'not known'}${attempt})${cause}`;
}

/** Not by `instanceof`: an error may come from another realm. */
function messageOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : typeof cause;
}
