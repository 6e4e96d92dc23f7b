/** What a request was routed to: Nest's and the platform's own word for it, never a guess from the path. */
import type { Type } from '@nestjs/common';
import type { ModuleRef, NestContainer } from '@nestjs/core';
import type { RoutedOperation } from './encoders/encoder.js';
import type { Exchange, PlatformRequest } from './exchange.js';
import { decodedSegments } from './target.js';
import { type VersionOf, versionReader } from './version.js';

/** The keys under which Nest and its Fastify adapter keep what the decorators declare. */
const VERSION = '__version__';
const HOST = 'host';
const FASTIFY_CONSTRAINTS = '__fastify_route_constraints__';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own type of a handler.
type Handler = Function;
type Versioning = ReturnType<NonNullable<NestContainer['applicationConfig']>['getVersioning']>;

/** What is the same for all requests to one handler of one controller. */
export interface RouteFacts {
  readonly versionOf: VersionOf;
  /** Absent where every host is served. */
  readonly hostOf?: (request: PlatformRequest) => string;
}

/** Reads what the decorators of a handler say of its versions and hosts. Once per route. */
export function routeFacts(controller: Type, handler: Handler, versioning: Versioning): RouteFacts {
  const onHandler = Reflect.getMetadata(VERSION, handler) as unknown;
  const onController = (Reflect.getMetadata(VERSION, controller) as unknown) ?? versioning?.defaultVersion;
  const host = Reflect.getMetadata(HOST, controller) as unknown;
  const constraints = (Reflect.getMetadata(FASTIFY_CONSTRAINTS, handler) ?? {}) as Readonly<Record<string, unknown>>;
  const constrained = Object.entries(constraints).map(([name, value]) => [name, value instanceof RegExp ? value.source : value]);
  // Only one pattern that is text is told by itself which host it was; of a list or an expression, the host that was asked tells.
  const isPlain = (pattern: unknown): boolean => pattern === undefined || typeof pattern === 'string';
  const named = isPlain(host) && isPlain(constraints['host']);
  return {
    versionOf: versionReader(onHandler || onController, versioning),
    ...((host !== undefined || constrained.length > 0) && {
      hostOf: ({ hosts = {}, hostname = '' }) =>
        JSON.stringify([
          named ? (host ?? null) : hostName(hostname),
          Object.entries(hosts).map(([name, value]) => [name, hostName(value)]),
          constrained,
        ]),
    }),
  };
}

/** Hosts are equal whatever their case, with or without the root's dot (RFC 9110, 4.2.3; RFC 1034, 3.1). */
function hostName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/** The operation that `exchange` was routed to; `undefined` on a platform that does not say which pattern it matched. */
export function routedOperation({ request }: Exchange, { versionOf, hostOf }: RouteFacts): RoutedOperation | undefined {
  const pattern = patternOf(request);
  if (pattern === undefined) return undefined;
  const version = versionOf(request);
  const operation: { -readonly [K in keyof RoutedOperation]: RoutedOperation[K] } = { pattern, params: request.params ?? {} };
  if (version !== undefined) operation.version = version;
  if (hostOf) operation.host = hostOf(request);
  return operation;
}

function patternOf({ route, baseUrl, routeOptions }: PlatformRequest): string | undefined {
  // Of the pattern under which a parent application mounted this one, only the text that matched it is known.
  if (route) return baseUrl ? decodedSegments(baseUrl) + String(route.path) : String(route.path);
  return routeOptions?.url;
}

/** How versions are told apart, as `app.enableVersioning()` said it; Nest hands its configuration out no other way. */
export function versioningOf(modules: ModuleRef): Versioning {
  return containerOf(modules).applicationConfig?.getVersioning();
}

/** Nest's own, in which its configuration lies. */
export function containerOf(modules: ModuleRef): NestContainer {
  return (modules as unknown as { readonly container: NestContainer }).container;
}
