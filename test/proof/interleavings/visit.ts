/** One request as it passes the application: what its handler does and who gets in between. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Fault } from '@nestjs-idempotency/core';
import type { RequestOutcome } from 'nestjs-idempotency';
import type { Passage } from './plan.js';

/** How a handler answers by itself. False where somebody has answered already: then it does not; if it `insists`, Node's own error is thrown. */
export type Answering = (body: string, insists: boolean) => boolean;

/** What a schedule decides about one request. */
export interface Visit {
  readonly passage: Passage;
  /** Runs the handler whose answer Nest sends. */
  give(): unknown;
  /** Runs the handler that answers by itself. */
  answer(answering: Answering): Promise<void>;
  /** Settles when an interceptor, outside or inside, has waited long enough; asked each time that it begins to wait. */
  limit(where: 'outside' | 'inside'): Promise<void>;
  /** Settles when a value is rendered. */
  rendering(): Promise<void>;
  /** Settles when it is tried once more. */
  retrying(): Promise<void>;
  /** Settles when a middleware answers. */
  readonly intrusion: Promise<void>;
  /** A turn is asked for. */
  asks(): void;
  /** A turn has ended. */
  tell(outcome: RequestOutcome): void;
  fault(fault: Fault): void;
}

const visits = new AsyncLocalStorage<Visit>();

/** The request under way here. */
export function visit(): Visit {
  const here = visits.getStore();
  if (!here) throw new Error('Nobody visits.');
  return here;
}

export const during = <T>(one: Visit, work: () => T): T => visits.run(one, work);
