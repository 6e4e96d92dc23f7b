/** The policy of every route, worked out once. */
import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { IdempotencyConfigError } from '../config-error.js';
import { markOf } from '../settings/decorators.js';
import { Engines, type Seat } from '../backends/engines.js';
import { cacheMeant } from '../settings/option-checks.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { policyOf, type RoutePolicy } from '../settings/policy.js';
import { type Handler, type Operation, operationsOf } from '../settings/operations.js';
import { type Mark, RequestState } from '../request/state.js';
import { IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { isAlone } from './alone.js';
import { ownHandler } from './own-handler.js';
import { Pace } from './pace.js';
import { RouteWarnings } from './route-warnings.js';
import { answersByItself, wrapHandler } from './seam.js';

/** A route's policy with what serves it. */
export interface Route {
  readonly policy: RoutePolicy;
  readonly seat: Seat;
  /** The handler answers by itself, as one with `@Res()` does. */
  readonly byItself: boolean;
  /** No other interceptor stands around it. */
  readonly isAlone: boolean;
  /** How long its turns take. */
  readonly pace: Pace;
  /** What stands on the response, and what the handler sees, where nothing protects its request. */
  readonly unprotected: Mark;
}

/** Nest keeps a handler's path under this key; a method that has one is a route. */
const PATH_METADATA = 'path';

@Injectable()
export class Routes {
  readonly warnings = new RouteWarnings();
  /** Weak, as a controller that is made for each request may make its handlers as well. */
  readonly #routes = new WeakMap<Type, WeakMap<Handler, Route>>();

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(Engines) private readonly engines: Engines,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {
    for (const operation of operationsOf(discovery, scanner)) if (this.#mayTakePart(operation)) wrapHandler(operation);
  }

  /** The route of a handler; one handler may serve several controllers that inherit it. */
  of(controller: Type, handler: Handler): Route {
    let handlers = this.#routes.get(controller);
    if (!handlers) this.#routes.set(controller, (handlers = new WeakMap<Handler, Route>()));
    let route = handlers.get(handler);
    if (!route) {
      this.#refuseOwn(controller, handler);
      const policy = this.#check(controller, handler);
      const { optional, manual, cacheName } = policy;
      const state = new RequestState({ optional, manual, cacheName, exempt: true });
      const byItself = answersByItself({ controller, name: nameOf(handler, controller) });
      route = {
        policy,
        seat: this.engines.of(cacheName),
        byItself,
        isAlone: isAlone(controller, handler, this.modules),
        pace: new Pace(),
        unprotected: { route: policy, state },
      };
      handlers.set(handler, route);
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

  /**
   * Throws an `IdempotencyConfigError` for the first protected handler of which a controller has one of its own, as after
   * `this.pay = this.pay.bind(this)`. Controllers that are made for each request are not there to be looked at: they are in `of`.
   */
  checkOwn(): void {
    const operations = operationsOf(this.discovery, this.scanner).filter((operation) => this.#mayTakePart(operation));
    for (const { metatype, instance } of this.discovery.getControllers()) {
      const made = instance as object | null | undefined;
      // Also where it is a proxy, which makes functions of its own as it is asked.
      const isOwn = (name: string): boolean =>
        made !== null && made !== undefined && Reflect.get(made, name) !== Reflect.get(metatype?.prototype as object, name);
      const own = operations.find(({ controller, name }) => controller === metatype && isOwn(name));
      if (own) throw ownHandler(`${own.controller.name}.${own.name}`);
    }
  }

  /** A function without metadata is none that Nest found on the class: it stands on the controller itself, in front of one that it found. */
  #refuseOwn(controller: Type, handler: Handler): void {
    if (Reflect.hasMetadata(PATH_METADATA, handler)) return;
    const routes = operationsOf(this.discovery, this.scanner).filter((operation) => operation.controller === controller);
    const protectedOne = routes.find((operation) => this.#mayTakePart(operation));
    if (protectedOne) throw ownHandler(`A handler of ${controller.name}, as ${protectedOne.name},`);
  }

  #mayTakePart({ controller, handler, method }: Operation): boolean {
    const policy = policyOf(placeOf(controller, handler), this.options, markOf(controller), markOf(handler));
    return policy.takesPart(method);
  }

  #check(controller: Type, handler: Handler): RoutePolicy {
    const place = placeOf(controller, handler);
    const policy = policyOf(place, this.options, markOf(controller), markOf(handler));
    const { cacheName, terms } = policy;
    if (cacheName !== undefined && !this.engines.has(cacheName)) {
      const meant = cacheMeant(cacheName, Object.keys(this.options.storage?.caches ?? {}));
      throw new IdempotencyConfigError(
        `${place} uses the cache "${cacheName}", which \`storage.caches\` does not list: ${meant}`,
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

function placeOf(controller: Type, handler: Handler): string {
  return `${controller.name}.${handler.name}`;
}

/** The property of a controller in which a handler stands. */
function nameOf(handler: Handler, { prototype }: Type): string {
  for (let owner = prototype as object | null; owner !== null; owner = Object.getPrototypeOf(owner) as object | null)
    for (const name of Object.getOwnPropertyNames(owner))
      if (Object.getOwnPropertyDescriptor(owner, name)?.value === handler) return name;
  return handler.name;
}
