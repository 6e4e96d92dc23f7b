/** What an execution works under, and what it comes to. */
import type { KeptRecord } from '@nestjs-idempotency/core';
import type { Exchange } from '../request/exchange.js';
import type { KeepRule } from '../settings/keep-rule.js';
import type { AnswerLimits } from '../wire/answer.js';
import type { Instead } from './handler-run.js';
import type { Terms } from './ruling.js';

/** What an execution works under. */
export interface Conditions {
  readonly exchange: Exchange;
  readonly fingerprint: string;
  readonly limits: AnswerLimits;
  readonly terms: Terms;
  readonly keep: KeepRule;
  /** The route answers by itself, as one with `@Res()` does. */
  readonly byItself: boolean;
  /** No other interceptor stands around the handler. */
  readonly isAlone: boolean;
  /** How long an answer may take to be rendered for a client that has left, once its handler is over. */
  readonly patienceMs: number;
  /** What runs in the handler's place, if anything does. */
  readonly instead: Instead | undefined;
  /** Fires when the turn is lost, or over its time. */
  readonly signal: () => AbortSignal;
  /** A callback of the application threw. */
  readonly onFailed: (callback: string, cause: unknown) => void;
}

/** What becomes of the slot: a record that is to be kept, or nothing. In a transaction, nothing means that all is undone. */
export type Ending = KeptRecord | undefined;
