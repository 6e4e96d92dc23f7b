/**
 * Hears a handler that answers by itself say its answer, before the framework makes something of it: a hook, a schema, a template or a
 * file that is not there may still turn it into an error, of which the handler knows nothing.
 */
import { lineOf } from './line.js';
import { isReply, type PlatformResponse, rawOf } from './platform.js';
import { saysAnswer, WAYS_TO_ANSWER } from './ways.js';

type Way = (this: PlatformResponse, ...given: unknown[]) => unknown;
type Ways = Record<string, unknown>;

function tell(response: PlatformResponse, way: string, given: readonly unknown[]): void {
  const valve = lineOf(rawOf(response))?.valve;
  // What hooks of Fastify add from here on is not the handler's.
  if (way === 'send' && isReply(response)) valve?.handlerAnswers?.();
  if (saysAnswer(way, given)) valve?.spoken?.();
}

/** Those of Fastify and of its plugins: one stand-in for each and all replies. */
const ofReplies = new Map<string, Way>(
  ['send', 'view', 'redirect', 'sendFile', 'download'].map((way) => [
    way,
    function (this: PlatformResponse, ...given: unknown[]): unknown {
      tell(this, way, given);
      return (Object.getPrototypeOf(this) as Record<string, Way>)[way]?.apply(this, given);
    },
  ]),
);

/**
 * From now on the valve is told of all ways in which `response` answers: also of those that a middleware or a hook has put on it, which
 * may answer with something else. Those of Express itself are heard where they stand. To be called once.
 */
export function hear(response: PlatformResponse): void {
  const ways = response as unknown as Ways;
  for (const way of WAYS_TO_ANSWER) {
    if (!(way in response)) continue;
    if (Object.hasOwn(response, way)) ways[way] = around(ways[way] as Way, way);
    else if (isReply(response) && ofReplies.has(way)) ways[way] = ofReplies.get(way);
  }
}

function around(own: Way, way: string): Way {
  return function (this: PlatformResponse, ...given) {
    tell(this, way, given);
    return own.apply(this, given);
  };
}
