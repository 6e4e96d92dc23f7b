/** What a handler can know of its own request. */
import { createHmac } from 'node:crypto';
import type { Answer } from '@nestjs-idempotency/core';

/** What is filled in as a request goes its way. */
export interface StateFacts {
  readonly optional: boolean;
  readonly exempt: boolean;
  readonly manual: boolean;
  readonly cacheName: string | undefined;
  readonly key?: string;
  readonly slot?: string;
  readonly attempt?: { readonly number: number; readonly signal: AbortSignal };
  readonly exists?: boolean;
  readonly answer?: Answer | undefined;
}

/** Shared by all copies of this package in the process. Not a WeakMap, for the reason that `shared-line.ts` gives. */
export const MARK = Symbol.for('nestjs-idempotency:mark');
const NEVER_ABORTED = new AbortController().signal;

/** The idempotency of one request, as `@IdempotencyState()` gives it to the handler. */
export class RequestState {
  readonly #facts: StateFacts;

  constructor(facts: StateFacts) {
    this.#facts = facts;
  }

  /** What the client sent in the header; `undefined` when nothing protects this request. */
  get key(): string | undefined {
    return this.#facts.key;
  }

  /** Where the answer is kept: a digest. */
  get slot(): string | undefined {
    return this.#facts.slot;
  }

  /** Whether an answer is kept under the key. Only a manual handler ever sees `true`. */
  get exists(): boolean {
    return this.#facts.exists ?? false;
  }

  /** The kept answer; `undefined` also where one was given but could not be kept. A manual handler that returns it gives it again as it was, status and all. */
  get answer(): Answer | undefined {
    return this.#facts.answer;
  }

  /** Whether the route may be called without a key. */
  get optional(): boolean {
    return this.#facts.optional;
  }

  /** Whether this request runs without protection: the route is exempt, its method safe, or its optional key absent. */
  get exempt(): boolean {
    return this.#facts.exempt;
  }

  get manual(): boolean {
    return this.#facts.manual;
  }

  get cacheName(): string | undefined {
    return this.#facts.cacheName;
  }

  /** 1, or more when earlier requests with this key died without an answer. */
  get attempt(): number {
    return this.#facts.attempt?.number ?? 1;
  }

  /** Fires when the lease is lost: another request with the key may be running, and what is not done yet should not be. */
  get signal(): AbortSignal {
    return this.#facts.attempt?.signal ?? NEVER_ABORTED;
  }

  /**
   * A key for a call downstream, e.g. `deriveKey('charge')`: the same in every attempt of this operation, another for every other
   * operation, caller and label. 43 characters of base64url. Throws where no key protects the request.
   */
  deriveKey(label: string): string {
    const { slot } = this.#facts;
    if (slot === undefined)
      throw new Error('deriveKey() needs a request that is protected by a key; here there is none. Check `state.exempt` first.');
    return derivedKey(slot, label);
  }
}

/** A key for a call downstream: of the slot, so that it holds in every attempt and for nobody else. */
export function derivedKey(slot: string, label: string): string {
  return createHmac('sha256', slot).update(label).digest('base64url');
}

/** What the interceptor leaves on a response: for which route, and what its handler may know. */
export interface Mark {
  /** One object for each handler of each controller. */
  readonly route: object;
  readonly state: RequestState;
  /** The response is the answer of this turn, whichever handlers it goes through. */
  readonly isHeld?: boolean;
  /** Who holds it, and what it gives to whoever subscribes from outside once more: Nest then asks the interceptor again. */
  readonly held?: { readonly by: object; readonly turn: unknown };
}

type Marked = Partial<Record<typeof MARK, Mark>>;

/** The mark on `rawResponse`; `undefined` where the interceptor has not seen it. */
export function markOn(rawResponse: object): Mark | undefined {
  return (rawResponse as Marked)[MARK];
}

export function leaveMark(rawResponse: object, mark: Mark): void {
  (rawResponse as Marked)[MARK] = mark;
}
