/** What a route asks for, and what a request of it is to do. */
import type { Attempt } from './attempt.js';
import type { Refusal, Wish } from './decide.js';
import type { Answer, UnrenderedRecord } from './record.js';

/** How one route's requests are treated. */
export interface Terms extends Wish {
  /** How long a lease lasts unless it is renewed. */
  readonly leaseMs: number;
  /** How long a record is kept, and the trace of a lapse. */
  readonly keepMs: number;
  /** How long a duplicate waits for the running request; 0 waits not at all. */
  readonly waitMs: number;
  /** After this long a running handler's lease is no longer renewed, and its transaction is ended with it. */
  readonly holdAtMostMs: number;
  /** The request runs inside a transaction of the backend, which must have `transaction`. */
  readonly transactional: boolean;
}

/** What a request is to do. */
export type Turn =
  | { readonly kind: 'execute'; readonly attempt: Attempt }
  | { readonly kind: 'replay'; readonly answer: Answer }
  /**
   * The handler ran before and what it gave was never rendered: render `record`, and keep the answer, which takes the record's place
   * for `keepMs` from then on. Giving up leaves the record for the next one to render.
   */
  | { readonly kind: 'render'; readonly attempt: Attempt; readonly record: UnrenderedRecord }
  | { readonly kind: 'reject'; readonly reason: Refusal; readonly retryAfterMs?: number };
