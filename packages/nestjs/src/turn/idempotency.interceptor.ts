/**
 * From a request to its turn: does it take part, which key, which slot. Long because every way in which a request may fail to come to
 * its turn ends here, each with its answer and its event.
 */
import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { IdempotencyExpiredError, IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { Observable, throwError, type Subscriber } from 'rxjs';
import { IdempotencyEvents, type RequestOutcome } from '../events.js';
import { problemOf, type Reason } from '../problems.js';
import type { Identity } from '../request/encoders/encoder.js';
import { type Exchange, isExchange, type PlatformRequest, type StatusResponse } from '../request/exchange.js';
import { Identities, refusalOf } from '../request/identity.js';
import { readKey } from '../request/key.js';
import { termsFor } from '../request/prefer.js';
import { leaveMark, type Mark, markOn } from '../request/state.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { rawOf } from '../wire/platform.js';
import { detailOf, failureOf, refusal } from './refusal.js';
import { type Route, Routes } from './routes.js';
import { Serving } from './serving.js';

/** What is known of a request that takes part, before its turn. */
interface Asked {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly key: string;
  readonly next: CallHandler;
}

/** Protects the handlers that take part. Bound to the whole application by the module; bound again, it changes nothing. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(Identities) private readonly identities: Identities,
    @Inject(Routes) private readonly routes: Routes,
    @Inject(IdempotencyEvents) private readonly events: IdempotencyEvents,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isExchange(context)) return next.handle();
    const request = context.getArgByIndex<PlatformRequest>(0);
    const response = context.getArgByIndex<StatusResponse>(1);
    const route = this.routes.of(context.getClass(), context.getHandler());
    const { policy, unprotected } = route;
    const mark = markOn(rawOf(response));
    // Asked again for a further subscription from outside; or bound more than once, where the outermost has this request already; or a
    // handler was reached from within another one's turn.
    if (mark?.isHeld === true)
      return mark.held?.by === this && mark.route === policy ? (mark.held.turn as Observable<unknown>) : next.handle();
    if (mark?.route === unprotected.route) return next.handle();
    if (policy.takesPart(request.method)) {
      const raw = request.raw ?? (request as unknown as IncomingMessage);
      const exchange: Exchange = { context, request, raw, response, status: response.statusCode };
      const reading = readKey(raw, policy.header, policy.keyRules);
      if (reading.kind === 'key') return this.#turnOf({ exchange, route, key: reading.key, next });
      if (reading.kind === 'invalid' && reading.failed)
        this.events.fault({ kind: 'callback-failed', callback: 'keyFormat', cause: reading.failed.cause });
      if (reading.kind === 'invalid') return this.#refuse(exchange, route, 'key-invalid', reading.detail);
      if (!policy.optional) return this.#refuse(exchange, route, 'key-missing');
    }
    leaveMark(rawOf(response), unprotected);
    return next.handle();
  }

  /** A turn for as long as it lasts, whoever subscribes: who does so again afterwards, as a retry outside may, asks for another one. */
  #turnOf(asked: Asked): Observable<unknown> {
    let serving: Serving | undefined;
    let waiting: Subscriber<unknown>[] | undefined;
    const turn = new Observable<unknown>((subscriber) => {
      if (serving?.join(subscriber) === true) return;
      // Its slot is being worked out.
      if (waiting) {
        waiting.push(subscriber);
        return;
      }
      waiting = [subscriber];
      void this.#serve(asked, held, waiting, (opened) => {
        serving = opened;
        waiting = undefined;
      });
    });
    const held = { by: this, turn };
    const { route, exchange } = asked;
    leaveMark(rawOf(exchange.response), { route: route.policy, state: route.unprotected.state, isHeld: true, held });
    return turn;
  }

  async #serve(
    { exchange, route, key, next }: Asked,
    held: NonNullable<Mark['held']>,
    subscribers: readonly Subscriber<unknown>[],
    onOpen: (serving: Serving | undefined) => void,
  ): Promise<void> {
    const beganAt = performance.now();
    let identity: Identity;
    try {
      const identified = this.identities.of(exchange, key);
      identity = identified instanceof Promise ? await identified : identified;
    } catch (error) {
      onOpen(undefined);
      const known = refusalOf(error);
      const refused = known ? this.#refuse(exchange, route, known.reason, known.detail) : throwError(() => error);
      for (const subscriber of subscribers) refused.subscribe(subscriber);
      return;
    }
    const { engine, backend } = route.seat;
    const { slot } = identity;
    const onFailed = (callback: string, cause: unknown): void => {
      this.events.fault({ kind: 'callback-failed', slot, callback, cause });
    };
    const onUnused = (): void => {
      if (this.routes.warnings.unused(route.policy))
        this.events.fault({ kind: 'transaction-unused', slot, route: route.policy.route });
    };
    const onPassed = (): void => {
      this.routes.warnings.passed(route.policy);
    };
    const served = { exchange, route, key, identity, held, handle: () => next.handle(), onFailed, onPassed, onUnused };
    const serving = new Serving(served, subscribers);
    onOpen(serving);
    let openedAt: number | undefined;
    try {
      const finish = await engine.run(identity, termsFor(exchange, route.policy), (turn) => {
        openedAt = performance.now();
        return serving.take(turn);
      });
      await finish();
    } catch (error) {
      const isConflict = route.policy.terms.transactional && backend.isConflict?.(error) === true;
      const isDown = openedAt === undefined && error instanceof IdempotencyUnavailableError;
      if (isDown && this.options.whenUnavailable === 'run-unprotected') {
        serving.outcome = 'unprotected';
        leaveMark(rawOf(exchange.response), route.unprotected);
        serving.tellAll((subscriber) => next.handle().subscribe(subscriber));
      } else {
        const failure = failureOf(error, isConflict);
        // A store that could not be asked, and a transaction that ran out of time, have been told of by the engine.
        if (failure === 'record-unreadable') this.events.fault({ kind: 'unreadable', slot });
        else if (openedAt !== undefined && !isConflict && !(error instanceof IdempotencyExpiredError))
          this.events.fault({ kind: 'turn-failed', slot, cause: error });
        const detail = detailOf(error);
        serving.refuse(failure, detail === undefined ? {} : { detail });
      }
    }
    const hasRun = serving.attempt !== undefined && serving.outcome !== 'replayed';
    if (hasRun && openedAt !== undefined) route.pace.took(performance.now() - openedAt);
    this.#tell(route, serving.outcome, beganAt, openedAt ?? performance.now(), slot, serving.attempt);
  }

  /** Refuses before anything is looked up. */
  #refuse(exchange: Exchange, { policy }: Route, reason: Reason, detail?: string): Observable<never> {
    const problem = problemOf(reason, policy.style, detail === undefined ? {} : { detail });
    const now = performance.now();
    this.#tell({ policy }, reason, now, now);
    return throwError(() => refusal(exchange, reason, problem));
  }

  #tell(
    { policy }: Pick<Route, 'policy'>,
    outcome: RequestOutcome,
    beganAt: number,
    openedAt: number,
    slot?: string,
    attempt?: number,
  ): void {
    if (!this.events.isObserved) return;
    this.events.emit({
      kind: 'request',
      outcome,
      route: policy.route,
      totalMs: performance.now() - beganAt,
      openMs: openedAt - beganAt,
      ...(slot !== undefined && { slot }),
      ...(attempt !== undefined && { attempt }),
    });
  }
}
