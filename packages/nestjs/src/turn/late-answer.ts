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

/** Whether `error`, or what caused it, says no more than that the response was not to be had any more: of the handler's work it says nothing. */
export function isForAnswered(error: unknown, depth = DEPTH): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  return CODES.has((error as { readonly code?: unknown }).code as string) || isForAnswered(error.cause, depth - 1);
}
