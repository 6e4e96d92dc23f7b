/** Hears what is put on a response and what is taken off it. A reply of Fastify keeps headers of its own until it is sent. */
import { lineOf } from './line.js';
import { isReply, type PlatformResponse, rawOf, type Reply } from './platform.js';

type Way = (this: Reply, ...given: unknown[]) => unknown;
type Ways = Record<string, Way>;

const WAYS = ['header', 'removeHeader'] as const;

function tell(reply: Reply, name: unknown): void {
  lineOf(rawOf(reply))?.valve?.headerChanged?.(name);
}

/** One for all replies: V8 takes a reply with a function of its own, and all that hangs on it, for alive until the next full collection. */
const ofReplies: Ways = Object.fromEntries(
  WAYS.map((way) => [
    way,
    function (this: Reply, ...given: unknown[]): unknown {
      const said = (Object.getPrototypeOf(this) as Ways)[way]?.apply(this, given);
      tell(this, given[0]);
      return said;
    },
  ]),
);

/** From now on the valve is told of the headers of `response`. */
export function hearHeaders(response: PlatformResponse): void {
  lineOf(rawOf(response))?.guardHeaders();
  if (!isReply(response)) return;
  const ways = response as unknown as Ways;
  for (const way of WAYS) {
    const own = Object.hasOwn(response, way) ? ways[way] : undefined;
    if (own !== ofReplies[way]) ways[way] = own === undefined ? (ofReplies[way] as Way) : around(own);
  }
}

function around(own: Way): Way {
  return function (this: Reply, ...given) {
    const said = own.apply(this, given);
    tell(this, given[0]);
    return said;
  };
}
