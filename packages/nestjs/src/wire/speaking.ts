/**
 * Hears a handler that answers by itself say its answer, before the framework makes something of it: a hook, a schema, a template or a
 * file that is not there may still turn it into an error, of which the handler knows nothing.
 */
import { lineOf } from './line.js';
import { isReply, type PlatformResponse, rawOf, type Reply } from './platform.js';

type Way = (this: Reply, ...given: unknown[]) => unknown;

/** In which plugins of Fastify have a reply sent; its own `send` is heard by whoever counts headers. */
const WAYS = ['view', 'viewAsync', 'redirect', 'sendFile', 'download'];

/** One stand-in for each way and all replies. */
const standIns = new Map<string, Way>(
  WAYS.map((way) => [
    way,
    function (this: Reply, ...given: unknown[]): unknown {
      lineOf(rawOf(this))?.valve?.spoken?.();
      return (Object.getPrototypeOf(this) as Record<string, Way>)[way]?.apply(this, given);
    },
  ]),
);

/** From now on the valve is told of the ways in which a reply of Fastify answers. Responses of Express tell by themselves. */
export function hearReply(response: PlatformResponse): void {
  if (!isReply(response)) return;
  const ways = response as unknown as Record<string, unknown>;
  for (const [way, standIn] of standIns) if (way in response && !Object.hasOwn(response, way)) ways[way] = standIn;
}
