/**
 * Hears a handler that answers by itself say its answer, before the framework makes something of it: a hook, a schema, a template or a
 * file that is not there may still turn it into an error, of which the handler knows nothing.
 */
import { answering, passing } from './handler-headers.js';
import { lineOf } from './line.js';
import { isReply, type PlatformResponse, rawOf } from './platform.js';
import { saysAnswer, WAYS_TO_ANSWER } from './ways.js';

type Way = (this: PlatformResponse, ...given: unknown[]) => unknown;
type Ways = Record<string, unknown>;

function tell(response: PlatformResponse, way: string, given: readonly unknown[]): void {
  const valve = lineOf(rawOf(response))?.valve;
  if (way === 'send' && isReply(response)) valve?.handlerAnswers?.();
  if (saysAnswer(way, given)) valve?.spoken?.();
}

/** Those in which plugins of Fastify have a reply sent: one stand-in for each and all replies. */
const inherited = new Map<string, Way>(
  ['view', 'redirect', 'sendFile', 'download'].map((way) => [
    way,
    function (this: PlatformResponse, ...given: unknown[]): unknown {
      tell(this, way, given);
      return (Object.getPrototypeOf(this) as Record<string, Way>)[way]?.apply(this, given);
    },
  ]),
);

/**
 * From now on the valve is told of all ways in which `response` answers: also of those that a middleware or a hook has put on it, which
 * may answer with something else. What Fastify's own `send` and those of Express say is heard where they stand.
 */
export function hear(response: PlatformResponse): void {
  const ways = response as unknown as Ways;
  const names = isReply(response) ? [...WAYS_TO_ANSWER, ...inherited.keys()] : WAYS_TO_ANSWER;
  for (const way of new Set(names)) {
    const own = Object.hasOwn(response, way) ? ways[way] : undefined;
    if (typeof own === 'function' && own !== answering && own !== passing && !heard.has(own)) ways[way] = around(own as Way, way);
    else if (own === undefined && isReply(response) && way in response && inherited.has(way)) ways[way] = inherited.get(way);
  }
}

const heard = new WeakSet<object>(inherited.values());

function around(own: Way, way: string): Way {
  const standIn: Way = function (this: PlatformResponse, ...given) {
    tell(this, way, given);
    return own.apply(this, given);
  };
  heard.add(standIn);
  return standIn;
}
