/** A request and its response as the platforms give them, as far as they matter here. */
import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { KeyedRequest } from './encoders/encoder.js';
import type { PlatformResponse } from '../wire/platform.js';

/** Express's request, or Fastify's around Node's. */
export interface PlatformRequest {
  readonly raw?: IncomingMessage;
  readonly method: string;
  readonly url: string;
  readonly originalUrl?: string;
  readonly headers: IncomingMessage['headers'];
  readonly body?: unknown;
  readonly rawBody?: Uint8Array;
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

/** The request as an encoder sees it. */
export function keyedRequest({ request, raw }: Exchange, key: string, scope: string): KeyedRequest {
  const contentType = request.headers['content-type'];
  return {
    key,
    scope,
    method: request.method,
    path: request.originalUrl ?? request.url,
    body: request.body,
    raw,
    ...(contentType !== undefined && { contentType }),
    ...(request.rawBody && { rawBody: request.rawBody }),
  };
}
