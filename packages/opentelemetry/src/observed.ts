/** What is observed: the shape of `IdempotencyEvents` of `nestjs-idempotency`, so that this package needs nothing of Nest. */
import type { Fault } from '@nestjs-idempotency/core';

/** One request that took part, or one fault behind it. */
export type ObservedEvent =
  | {
      readonly kind: 'request';
      readonly outcome: string;
      readonly route: string;
      readonly slot?: string;
      readonly attempt?: number;
      readonly totalMs: number;
      readonly openMs: number;
    }
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface ObservedEvents {
  /** Calls `listener` in the call stack of the request that it tells of. Returns what ends it. */
  subscribe(listener: (event: ObservedEvent) => void): () => void;
}
