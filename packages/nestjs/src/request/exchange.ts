/** A request and its response as the platforms give them, as far as they matter here. */
import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { KeyedRequest, RoutedOperation } from './encoders/encoder.js';
import { originForm } from './target.js';
import type { PlatformResponse } from '../wire/platform.js';

/** Express's request, or Fastify's around Node's. */
export interface PlatformRequest {
  readonly raw?: IncomingMessage;
  readonly method: string;
  readonly url: string;
  readonly originalUrl?: string;
  readonly headers: IncomingMessage['headers'];
  readonly body?: unknown;
  readonly rawBody?: unknown;
  readonly params?: object;
  /** What Nest's host filter found in the host's name. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly hostname?: string;
  /** The path under which a parent application mounted this one: Express. */
  readonly baseUrl?: string;
  /** The route that matched: Express. */
  readonly route?: { readonly path: unknown };
  /** The route that matched: Fastify. */
  readonly routeOptions?: { readonly url?: string | undefined };
}

export interface StatusResponse extends PlatformResponse {
  readonly statusCode: number;
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** Both sides of one HTTP exchange. */
export interface Exchange {
  readonly context: ExecutionContext;
  readonly request: PlatformRequest;
  readonly response: StatusResponse;
  readonly raw: IncomingMessage;
  /** The status that stood on the response as the request came: that of the route, unless the handler sets another one. */
  readonly status: number;
}

/** Whether `context` is of an HTTP request: whatever else calls handlers through Nest, a command or a queue, may call itself 'http' too. */
export function isExchange(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const request = context.getArgByIndex<Partial<PlatformRequest> | null | undefined>(0);
  const response = context.getArgByIndex<({ readonly raw?: ResponseLike } & ResponseLike) | null | undefined>(1);
  return typeof request?.headers === 'object' && typeof (response?.raw ?? response)?.writeHead === 'function';
}

interface ResponseLike {
  readonly writeHead?: unknown;
}

/** The request as an encoder sees it. */
export function keyedRequest(
  { request, raw }: Pick<Exchange, 'request' | 'raw'>,
  key: string,
  scope: string,
  operation: RoutedOperation | undefined,
): KeyedRequest {
  const contentType = request.headers['content-type'];
  const { rawBody } = request;
  const keyed: { -readonly [K in keyof KeyedRequest]: KeyedRequest[K] } = {
    key,
    scope,
    method: request.method,
    path: originForm(request.originalUrl ?? request.url),
    body: request.body,
    raw,
    request,
  };
  if (operation) keyed.operation = operation;
  if (contentType !== undefined) keyed.contentType = contentType;
  // Middleware of the application's own often keeps it as text.
  if (typeof rawBody === 'string') keyed.rawBody = Buffer.from(rawBody);
  else if (rawBody instanceof Uint8Array) keyed.rawBody = rawBody;
  return keyed;
}
