/** A real application on a real socket, and a client that sends keys to it. */
import { serve as start, type Server } from '../e2e/serve.js';

export { PLATFORMS, type Platform } from '../e2e/serve.js';

export type Closing = Server & AsyncDisposable;

/** Starts an application that ends with the block it was started in. */
export async function serve(...args: Parameters<typeof start>): Promise<Closing> {
  const server = await start(...args);
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly json: unknown;
}

/** Posts `body` to `path` with `key`, or without one. */
export async function keyed(
  { url }: Pick<Server, 'url'>,
  path: string,
  key: string | undefined,
  { body = '{"n":1}', method = 'POST', headers = {} }: { body?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Answered> {
  const sent = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }), ...headers };
  const response = await fetch(url + path, { method, headers: sent, ...(method !== 'GET' && { body }) });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, headers: response.headers, text, json: isJson ? (JSON.parse(text) as unknown) : undefined };
}

export type { Server };
