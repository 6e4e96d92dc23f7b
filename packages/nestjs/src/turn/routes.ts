/** The policy of every route, worked out once. */
import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { nestMarks, wrapHandler } from './beginning.js';
import { IdempotencyConfigError } from '../settings/config-error.js';
import { markOf } from '../settings/decorators.js';
import { Engines, type Seat } from '../backends/engines.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { policyOf, type RoutePolicy } from '../settings/policy.js';
import { operationsOf } from '../settings/operations.js';
import { RequestState } from '../request/state.js';
import { IDEMPOTENCY_OPTIONS } from '../tokens.js';

/** A route's policy with what serves it. */
export interface Route {
  readonly policy: RoutePolicy;
  readonly seat: Seat;
  /** What the handler sees where nothing protects its request. */
  readonly unprotected: RequestState;
}

/** Nest keeps a handler's path under this key; a method that has one is a route. */
const PATH_METADATA = 'path';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own type of a handler.
type Handler = Function;

@Injectable()
export class Routes {
  readonly #routes = new Map<Type, Map<Handler, Route>>();

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(Engines) private readonly engines: Engines,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
  ) {
    if (!nestMarks) for (const operation of operationsOf(discovery, scanner)) wrapHandler(operation);
  }

  /** The route of a handler; one handler may serve several controllers that inherit it. */
  of(controller: Type, handler: Handler): Route {
    let handlers = this.#routes.get(controller);
    if (!handlers) this.#routes.set(controller, (handlers = new Map<Handler, Route>()));
    let route = handlers.get(handler);
    if (!route) {
      const policy = this.#check(controller, handler);
      const { optional, manual, cacheName } = policy;
      const unprotected = new RequestState({ optional, manual, cacheName, exempt: true });
      handlers.set(handler, (route = { policy, seat: this.engines.of(cacheName), unprotected }));
    }
    return route;
  }

  /** Works out every route of the application; the first mistake stops the start. */
  checkAll(): RoutePolicy[] {
    return this.discovery.getControllers().flatMap(({ metatype, instance }) => {
      if (!metatype || typeof metatype !== 'function') return [];
      const prototype = (instance ? Object.getPrototypeOf(instance) : metatype.prototype) as Record<string, unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((name) => prototype[name])
        .filter((method): method is Handler => typeof method === 'function' && Reflect.hasMetadata(PATH_METADATA, method))
        .map((handler) => this.#check(metatype as Type, handler));
    });
  }

  #check(controller: Type, handler: Handler): RoutePolicy {
    const place = `${controller.name}.${handler.name}`;
    const policy = policyOf(place, this.options, markOf(controller), markOf(handler));
    const { cacheName, terms } = policy;
    if (cacheName !== undefined && !this.engines.has(cacheName)) {
      const known = Object.keys(this.options.storage?.caches ?? {});
      const list = known.length === 0 ? 'none is listed' : `known are ${known.join(', ')}`;
      throw new IdempotencyConfigError(
        `${place} uses the cache "${cacheName}", but ${list}: add it to \`storage.caches\`, or correct the name.`,
      );
    }
    if (terms.transactional && !this.engines.of(cacheName).backend.transaction) {
      throw new IdempotencyConfigError(
        `${place} is transactional, but its storage has no transactions: give forRoot a \`backend\` that has, e.g. new PostgresBackend(…), or remove \`transactional\`.`,
      );
    }
    return policy;
  }
}
