/** What Node and Fastify throw at who answers a request that somebody else has answered. Pure. */

const CODES = new Set([
  'ERR_HTTP_HEADERS_SENT',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_ALREADY_FINISHED',
  'ERR_STREAM_DESTROYED',
  'FST_ERR_REP_ALREADY_SENT',
]);

/** How many causes are looked into. */
const DEPTH = 8;

/**
 * Whether `error`, or what caused it, says no more than that the response was not to be had any more: of the handler's work it says nothing.
 * Told by its code alone, as an error of Node's own may be of another realm than the application. Never throws.
 */
export function isForAnswered(error: unknown, depth = DEPTH): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  try {
    const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
    return CODES.has(code as string) || isForAnswered(cause, depth - 1);
  } catch {
    // A property of it throws: it is no error of theirs.
    return false;
  }
}
