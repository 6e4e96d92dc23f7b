/** Whether hooks of the application stand between a reply of Fastify and the wire. */
import type { Reply } from './platform.js';

/** Under this symbol Fastify keeps, at each request, what it knows of the request's route: `onSend` is `null` where it has no such hook. */
const CONTEXT = 'fastify.context';

interface RouteContext {
  readonly onSend?: unknown;
}

/** The symbol of the Fastify that was asked last: each copy of Fastify has its own. */
let known: symbol | undefined;

/**
 * Whether it may be that `onSend` hooks run on what `reply` sends: global ones, those of a plugin, or of the route alone. False only
 * where Fastify itself says that there is none; whatever is not found where it is expected counts as a hook.
 */
export function mayHaveSendHooks(reply: Reply): boolean {
  const { request } = reply as { readonly request?: unknown };
  if (typeof request !== 'object' || request === null) return true;
  if (known === undefined || !Object.hasOwn(request, known)) {
    known = Object.getOwnPropertySymbols(request).find(({ description }) => description === CONTEXT);
    if (known === undefined) return true;
  }
  const context = (request as Record<symbol, unknown>)[known] as RouteContext | null | undefined;
  return context?.onSend !== null;
}
