/** From a request to its turn: does it take part, which key, which slot. */
import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Inject, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import { Observable, throwError, type Subscriber } from 'rxjs';
import { IdempotencyEvents, type RequestOutcome } from '../events.js';
import { problemOf, type Reason } from '../problems.js';
import type { IdempotencyEncoder, Identity } from '../request/encoders/encoder.js';
import { BodyRefusedError } from '../request/encoders/refusal.js';
import { type Exchange, keyedRequest, type PlatformRequest, type StatusResponse } from '../request/exchange.js';
import { readKey } from '../request/key.js';
import { termsFor } from '../request/prefer.js';
import { scopeOf } from '../request/scope.js';
import { leaveMark, markOn } from '../request/state.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { COOKIES_WITHOUT_SCOPE } from '../settings/start-warnings.js';
import { IDEMPOTENCY_ENCODER, IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { rawOf } from '../wire/platform.js';
import { refusal } from './refusal.js';
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
  readonly #scopeOf: (request: PlatformRequest) => string;

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(IDEMPOTENCY_ENCODER) private readonly encoder: IdempotencyEncoder,
    @Inject(Routes) private readonly routes: Routes,
    @Inject(IdempotencyEvents) private readonly events: IdempotencyEvents,
  ) {
    this.#scopeOf = scopeOf(options, () => {
      new Logger('Idempotency').warn(COOKIES_WITHOUT_SCOPE);
    });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.getArgByIndex<PlatformRequest>(0);
    const response = context.getArgByIndex<StatusResponse>(1);
    const route = this.routes.of(context.getClass(), context.getHandler());
    const { policy, unprotected } = route;
    const mark = markOn(rawOf(response));
    // Nest comes through here again when somebody outside subscribes once more: to the same turn, or to another one if it was refused.
    const turn = mark instanceof Serving && mark.route === policy ? mark : undefined;
    if (turn?.isLeft === true && !turn.isRefused)
      return new Observable((subscriber) => (turn.join(subscriber) ? undefined : next.handle().subscribe(subscriber)));
    // Bound more than once: the outermost has this request already; or a handler was reached from within another one's turn.
    if (mark !== undefined && turn?.isRefused !== true && (mark.isHeld === true || mark.route === unprotected.route))
      return next.handle();
    if (policy.takesPart(request.method)) {
      const raw = request.raw ?? (request as unknown as IncomingMessage);
      const exchange: Exchange = { context, request, raw, response, status: turn?.status ?? response.statusCode };
      const reading = readKey(raw, policy.header, policy.keyRules);
      if (reading.kind === 'key') return this.#turnOf({ exchange, route, key: reading.key, next });
      if (reading.kind === 'invalid') return this.#refuse(exchange, route, 'key-invalid', reading.detail);
      if (!policy.optional) return this.#refuse(exchange, route, 'key-missing');
    }
    leaveMark(rawOf(response), unprotected);
    return next.handle();
  }

  /** A turn for as long as it lasts, whoever subscribes: who does so again afterwards, as a retry outside may, asks for another one. */
  #turnOf(asked: Asked): Observable<unknown> {
    let serving: Promise<Serving> | Serving | undefined;
    return new Observable((subscriber) => {
      if (serving instanceof Serving && serving.join(subscriber)) return;
      void this.#serve(asked, subscriber, (opened) => {
        serving = opened;
      });
    });
  }

  async #serve(
    { exchange, route, key, next }: Asked,
    subscriber: Subscriber<unknown>,
    onOpen: (serving: Serving) => void,
  ): Promise<void> {
    const beganAt = performance.now();
    let identity: Identity;
    try {
      const encoded = this.encoder.encode(keyedRequest(exchange, key, this.#scopeOf(exchange.request)));
      identity = encoded instanceof Promise ? await encoded : encoded;
    } catch (error) {
      if (error instanceof BodyRefusedError) {
        const reason = error.reason === 'too-large' ? 'body-too-large' : 'body-refused';
        this.#refuse(exchange, route, reason).subscribe(subscriber);
      } else subscriber.error(error);
      return;
    }
    const { engine, backend } = route.seat;
    const { slot } = identity;
    const onFailed = (callback: string, cause: unknown): void => {
      this.events.fault({ kind: 'callback-failed', slot, callback, cause });
    };
    const serving = new Serving({ exchange, route, key, identity, handle: () => next.handle(), onFailed });
    serving.join(subscriber);
    leaveMark(rawOf(exchange.response), serving);
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
      if (openedAt === undefined && !isConflict && this.options.whenUnavailable === 'run-unprotected') {
        serving.outcome = 'unprotected';
        leaveMark(rawOf(exchange.response), route.unprotected);
        next.handle().subscribe(subscriber);
      } else {
        // A store that could not be asked has been told of by the engine.
        if (openedAt !== undefined && !isConflict) this.events.fault({ kind: 'turn-failed', slot, cause: error });
        serving.refuse(isConflict ? 'conflict' : 'store-unavailable');
      }
    }
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
