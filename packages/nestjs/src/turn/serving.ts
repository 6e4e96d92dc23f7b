/** One protected request, from its turn until its answer is let go. */
import type { Answer, Attempt, Kept, KeptRecord, ReadRecord, Turn } from '@nestjs-idempotency/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { map, type Observable, type Subscriber } from 'rxjs';
import type { Identity } from '../request/encoders/encoder.js';
import type { RequestOutcome } from '../events.js';
import type { Exchange } from '../request/exchange.js';
import { Execution } from './execution.js';
import { exposing } from '../wire/exposed.js';
import type { Recover } from '../settings/options.js';
import { disposalOf } from './outcome.js';
import { rawOf } from '../wire/platform.js';
import { answerOf, IdempotencyException, problemOf, type Reason, REASONS } from '../problems.js';
import { Recovery } from './recovery.js';
import { valueOf } from './replayed-value.js';
import { replay } from '../wire/replay.js';
import type { Route } from './routes.js';
import { derivedKey, RequestState, setState } from '../request/state.js';

export interface Served {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly key: string;
  readonly identity: Identity;
  readonly subscriber: Subscriber<unknown>;
  readonly adapter: AbstractHttpAdapter;
  /** Runs what stands behind the interceptor, in the async scope in which it is called. */
  handle(): Observable<unknown>;
}

/** What is done when the turn is over, and its transaction, if it has one, is committed or rolled back. */
type Finish = () => void | Promise<void>;

export class Serving {
  /** How it ended, for the request's event. */
  outcome: RequestOutcome = 'executed';
  attempt: number | undefined;
  readonly #served: Served;
  #execution: Execution | undefined;

  constructor(served: Served) {
    this.#served = served;
  }

  /** Whether the handler was started. */
  get isExecuted(): boolean {
    return this.#execution !== undefined;
  }

  take(turn: Turn): Promise<Finish> {
    if (turn.kind === 'execute') return this.#execute(turn.attempt);
    if (turn.kind === 'replay') return Promise.resolve(() => this.#replay(turn.answer));
    if (turn.kind === 'render') return this.#leaveUnrendered(turn.attempt);
    const { reason, retryAfterMs } = turn;
    return Promise.resolve(() => {
      this.refuse(REASONS[reason], retryAfterMs === undefined ? {} : { retryAfterMs });
    });
  }

  /** Answers with a problem: through Nest's filters before the handler, in the place of its answer after it. */
  refuse(reason: Reason, more: { detail?: string; retryAfterMs?: number } = {}): void {
    const { route, exchange, subscriber } = this.#served;
    this.outcome = reason;
    const problem = problemOf(reason, route.policy.style, more);
    if (this.#execution) this.#execution.gate.replace(answerOf(problem));
    else {
      // Somebody outside may have answered while the slot was looked up, and a header that comes late is thrown back.
      if (!rawOf(exchange.response).headersSent)
        for (const [name, value] of problem.headers) exchange.response.header(name, value);
      subscriber.error(new IdempotencyException(reason, problem));
    }
  }

  async #replay(answer: Answer): Promise<void> {
    const { route, exchange, subscriber } = this.#served;
    const { conflictStatus, limits } = route.policy;
    this.outcome = 'replayed';
    await replay(exchange.context, answer, conflictStatus ?? answer.status, this.#marks(), limits.keeps);
    // Interceptors outside find what they would have found; what they make of it is dropped.
    subscriber.next(valueOf(answer));
    subscriber.complete();
  }

  /** What marks an answer as a replay, and lets a page of another origin see that it is one. */
  #marks(): Answer['headers'] {
    const { replayHeaders } = this.#served.route.policy;
    const names = replayHeaders.map(([name]) => name);
    return [...replayHeaders, ...exposing(this.#served.exchange.response, names)];
  }

  /** What a newer process kept without rendering it: this one cannot, and leaves it to those that can. */
  async #leaveUnrendered(attempt: Attempt): Promise<Finish> {
    await attempt.giveUp();
    return () => {
      this.refuse(REASONS.unkept);
    };
  }

  async #execute(attempt: Attempt): Promise<Finish> {
    const { route, exchange, key, identity, subscriber, adapter } = this.#served;
    const { policy, seat } = route;
    const { optional, manual, cacheName, keep, terms } = policy;
    this.attempt = attempt.number;
    const { kept } = attempt;
    const exists = kept !== undefined;
    const answer = kept?.kind === 'answer' ? kept.answer : undefined;
    setState(
      rawOf(exchange.response),
      new RequestState({ optional, manual, cacheName, exempt: false, key, slot: identity.slot, attempt, exists, answer }),
    );
    const execution = (this.#execution = new Execution(exchange, policy.limits, adapter));
    const recovery = attempt.number > 1 && policy.recover ? this.#recovery(policy.recover, attempt.number) : undefined;
    let isGivenBack = false;
    let handled = this.#handle(recovery);
    if (answer) {
      const givenBack = (value: unknown): unknown => {
        if (value !== answer) return value;
        isGivenBack = true;
        return undefined;
      };
      handled = handled.pipe(map(givenBack));
    }
    const ended = await execution.run(handled, subscriber, terms.transactional);

    if (recovery?.hasFailed) {
      attempt.abandon();
      return this.#release('released');
    }
    if (ended.threw && seat.backend.isConflict?.(ended.error)) {
      await attempt.giveUp();
      return () => {
        this.refuse('conflict');
      };
    }
    if (isGivenBack && kept && answer) {
      await attempt.keep(kept);
      return () => {
        this.outcome = 'replayed';
        execution.gate.replace(answer, this.#marks());
      };
    }
    const disposal = disposalOf(ended, identity.fingerprint, keep, terms);
    if (disposal.kind === 'give-up') {
      await attempt.giveUp();
      return this.#release('released');
    }
    return this.#kept(await attempt.keep(disposal.record), disposal.record);
  }

  #kept(kept: Kept, record: KeptRecord): Finish {
    if (kept.kind === 'superseded') return () => this.#giveFirst(kept.record);
    if (kept.kind === 'deferred' || kept.kind === 'unkept') return this.#release(kept.kind);
    return this.#release(record.kind === 'answer' ? 'executed' : 'unkept');
  }

  #release(outcome: RequestOutcome): Finish {
    return () => {
      this.outcome = outcome;
      this.#execution?.gate.send();
    };
  }

  /** Another attempt's record was first: all clients hear the same, unless it was asked for something else. */
  #giveFirst(record: ReadRecord): void {
    if (record.kind !== 'unreadable' && record.fingerprint !== this.#served.identity.fingerprint) this.refuse(REASONS.mismatch);
    else if (record.kind === 'answer') {
      this.#execution?.gate.replace(record.answer, this.#marks());
      this.outcome = 'superseded';
    } else this.refuse(REASONS[record.kind === 'tombstone' ? record.loss : 'unreadable']);
  }

  #recovery(recover: Recover, attempt: number): Recovery {
    const { exchange, key, identity } = this.#served;
    const { request } = exchange;
    const { slot } = identity;
    return new Recovery(recover, { attempt, key, slot, request, deriveKey: (label) => derivedKey(slot, label) });
  }

  /** What runs: the handler, or the recovery in its place. */
  #handle(recovery: Recovery | undefined): Observable<unknown> {
    const { response } = this.#served.exchange;
    return recovery
      ? recovery.handle(
          () => this.#served.handle(),
          (status) => response.status(status),
        )
      : this.#served.handle();
  }
}
