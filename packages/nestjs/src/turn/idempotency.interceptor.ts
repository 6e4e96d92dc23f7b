/** From a request to its turn: does it take part, which key, which slot. */
import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Inject, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Observable, type Subscriber } from 'rxjs';
import { marking } from './beginning.js';
import type { IdempotencyEncoder, Identity } from '../request/encoders/encoder.js';
import { BodyRefusedError } from '../request/encoders/refusal.js';
import { IdempotencyEvents, type RequestOutcome } from '../events.js';
import { type Exchange, keyedRequest, type PlatformRequest, type StatusResponse } from '../request/exchange.js';
import { readKey } from '../request/key.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { announce } from '../wire/announced.js';
import { rawOf } from '../wire/platform.js';
import { IdempotencyException, problemOf, type Reason } from '../problems.js';
import { termsFor } from '../request/prefer.js';
import { type Route, Routes } from './routes.js';
import { scopeOf } from '../request/scope.js';
import { Serving } from './serving.js';
import { setState, stateOf } from '../request/state.js';
import { COOKIES_WITHOUT_SCOPE } from '../settings/start-warnings.js';
import { IDEMPOTENCY_ENCODER, IDEMPOTENCY_OPTIONS } from '../tokens.js';

/** Protects the handlers that take part. Bound to the whole application by the module; bound again, it changes nothing. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #scopeOf: (request: PlatformRequest) => string;

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(IDEMPOTENCY_ENCODER) private readonly encoder: IdempotencyEncoder,
    @Inject(Routes) private readonly routes: Routes,
    @Inject(IdempotencyEvents) private readonly events: IdempotencyEvents,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    this.#scopeOf = scopeOf(options, () => {
      new Logger('Idempotency').warn(COOKIES_WITHOUT_SCOPE);
    });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const response = http.getResponse<StatusResponse>();
    // Bound more than once: the outermost has this request already.
    if (stateOf(rawOf(response))) return next.handle();
    const route = this.routes.of(context.getClass(), context.getHandler());
    const { policy, unprotected } = route;
    if (policy.takesPart(request.method)) {
      const raw = request.raw ?? (request as unknown as IncomingMessage);
      const exchange: Exchange = { context, request, raw, response };
      const reading = readKey(raw, policy.header, policy.keyRules);
      if (reading.kind === 'key') {
        return new Observable((subscriber) => void this.#serve(exchange, route, reading.key, next, subscriber));
      }
      if (reading.kind === 'invalid') return this.#refuse(exchange, route, 'key-invalid', reading.detail);
      if (!policy.optional) return this.#refuse(exchange, route, 'key-missing');
    }
    setState(rawOf(response), unprotected);
    return next.handle();
  }

  async #serve(exchange: Exchange, route: Route, key: string, next: CallHandler, subscriber: Subscriber<unknown>): Promise<void> {
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
    const adapter = this.host.httpAdapter;
    const { context, request } = exchange;
    const handle = (): Observable<unknown> => marking(request, context.getHandler(), () => next.handle());
    const serving = new Serving({ exchange, route, key, identity, subscriber, adapter, handle });
    let openedAt: number | undefined;
    try {
      const finish = await engine.run(identity, termsFor(exchange, route.policy), (turn) => {
        openedAt = performance.now();
        return serving.take(turn);
      });
      await finish();
    } catch (error) {
      if (openedAt === undefined && this.options.whenUnavailable === 'run-unprotected') {
        serving.outcome = 'unprotected';
        setState(rawOf(exchange.response), route.unprotected);
        next.handle().subscribe(subscriber);
      } else {
        const isConflict = backend.isConflict?.(error) ?? false;
        // A store that could not be asked has been told of by the engine.
        if (openedAt !== undefined && !isConflict) this.events.fault({ kind: 'turn-failed', slot: identity.slot, cause: error });
        serving.refuse(isConflict ? 'conflict' : 'store-unavailable');
      }
    }
    this.#tell(route, serving.outcome, beganAt, openedAt ?? performance.now(), identity.slot, serving.attempt);
  }

  /** Refuses before anything is looked up. */
  #refuse({ response }: Exchange, { policy }: Route, reason: Reason, detail?: string): Observable<never> {
    const problem = problemOf(reason, policy.style, detail === undefined ? {} : { detail });
    announce(response, problem);
    const now = performance.now();
    this.#tell({ policy }, reason, now, now);
    return new Observable((subscriber) => {
      subscriber.error(new IdempotencyException(reason, problem));
    });
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
