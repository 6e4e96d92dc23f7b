/** Which headers belong to an answer: they are kept with it and come back with it. Pure. */
import { IdempotencyConfigError } from '../config-error.js';

const LISTED = new Set([
  'location',
  'etag',
  'last-modified',
  'link',
  'cache-control',
  'expires',
  'vary',
  'retry-after',
  'repr-digest',
  'preference-applied',
]);

/** A length is counted from the bytes that leave, and would be wrong as soon as something outside compresses them. */
const DERIVED = new Set(['content-length', 'date', 'age']);

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const OF_ONE_RESPONSE =
  /^(set-cookie2?|(x-)?(request|correlation|trace)-?id|x-amzn-trace-id|traceparent|tracestate|server-timing)$/;

const RATE_LIMIT = /^(x-)?rate-?limit(-|$)/;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

function whyNever(name: string): string | undefined {
  if (!TOKEN.test(name)) return 'it is not the name of a header';
  if (DERIVED.has(name)) return 'it is worked out anew for each response';
  if (HOP_BY_HOP.has(name)) return 'it belongs to one connection';
  if (OF_ONE_RESPONSE.test(name)) return 'it belongs to one response and may be a credential';
  if (RATE_LIMIT.test(name)) return 'it tells the state at one moment';
  return undefined;
}

/** Whether the header of that lower-case name is kept where the handler has set it: not what belongs to one response, connection or moment. */
export function mayBeKept(name: string): boolean {
  return whyNever(name) === undefined;
}

/** Whether a header of that lower-case name that the handler took off can be taken off again: not what frames a message, which is said anew. */
export function mayBeTakenOff(name: string): boolean {
  return TOKEN.test(name) && !HOP_BY_HOP.has(name) && name !== 'content-length';
}

/**
 * Tells of a lower-case header name whether it is kept and replayed: Location, Content-* (not Content-Length), ETag, Last-Modified,
 * Link, Cache-Control, Expires, Vary, Retry-After, Repr-Digest, Preference-Applied, and `extra` of any case.
 * Throws an `IdempotencyConfigError` for an `extra` that must never be replayed: cookies, Date, hop-by-hop, request-id and rate-limit headers.
 */
export function listedHeaders(extra: readonly string[] = []): (name: string) => boolean {
  const listed = new Set(LISTED);
  for (const header of extra) {
    const name = header.toLowerCase();
    const reason = whyNever(name);
    if (reason !== undefined) {
      throw new IdempotencyConfigError(
        `\`headers\` lists "${header}", which cannot be replayed: ${reason}. Take it off the list.`,
      );
    }
    listed.add(name);
  }
  return (name) => listed.has(name) || (name.startsWith('content-') && name !== 'content-length');
}
