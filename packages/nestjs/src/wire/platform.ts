/** The response of Express and the reply of Fastify, as far as they matter here. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Headers by their names in lower case. */
export type Headers = OutgoingHttpHeaders | Record<string, string | number | string[] | undefined>;

/** What Nest calls the response: that of Node itself on Express, a reply around it on Fastify. */
export interface PlatformResponse {
  readonly raw?: ServerResponse;
  getHeaders(): Headers;
  removeHeader(name: string): unknown;
}

/** Fastify's. */
export interface Reply extends PlatformResponse {
  readonly raw: ServerResponse;
  /** Whether Fastify takes it for answered or for somebody else's. */
  readonly sent: boolean;
  header(name: string, value: unknown): unknown;
  send(payload?: unknown): unknown;
}

/** Whether it is a reply of Fastify. */
export function isReply(response: PlatformResponse): response is Reply {
  return response.raw !== undefined;
}

/** The response of Node under that of the platform. */
export function rawOf(response: PlatformResponse): ServerResponse {
  return response.raw ?? (response as unknown as ServerResponse);
}

/** Takes a header off the response, on whichever side of the platform somebody has put it. */
export function takeOff(response: PlatformResponse, name: string): void {
  response.removeHeader(name);
  // Some versions of Fastify leave what middleware has set under the reply.
  if (isReply(response)) response.raw.removeHeader(name);
}

/** Headers with all values of each name together. */
export function byName(headers: Iterable<readonly [name: string, value: string]>): ReadonlyMap<string, string | string[]> {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const known = values.get(name);
    values.set(name, known === undefined ? value : [known, value].flat());
  }
  return values;
}

/** Puts a header where the platform looks for it, in the place of an older one. */
export function setHeader(response: PlatformResponse, name: string, value: string | number | readonly string[]): void {
  if (isReply(response)) response.removeHeader(name);
  // Express's own way would add a charset.
  if (isReply(response)) response.header(name, value);
  else (response as unknown as ServerResponse).setHeader(name, value);
}
