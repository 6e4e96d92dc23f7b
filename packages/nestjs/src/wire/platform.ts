/** The response of Express and the reply of Fastify, as far as they matter here. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What Nest calls the response: that of Node itself on Express, a reply around it on Fastify. */
export interface PlatformResponse {
  readonly raw?: ServerResponse;
  getHeaders(): OutgoingHttpHeaders | Record<string, string | number | string[] | undefined>;
}

/** The response of Node under that of the platform. */
export function rawOf(response: PlatformResponse): ServerResponse {
  return response.raw ?? (response as unknown as ServerResponse);
}
