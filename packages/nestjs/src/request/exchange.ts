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
}

/** Whether `context` is of an HTTP request: whatever else calls handlers through Nest, a command or a queue, may call itself 'http' too. */
export function isExchange(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const http = context.switchToHttp();
  const request = http.getRequest<Partial<PlatformRequest> | null | undefined>();
  const response = http.getResponse<({ readonly raw?: ResponseLike } & ResponseLike) | null | undefined>();
  return typeof request?.headers === 'object' && typeof (response?.raw ?? response)?.writeHead === 'function';
}

interface ResponseLike {
  readonly writeHead?: unknown;
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
