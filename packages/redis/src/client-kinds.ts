/** Which client something is, by the methods that it has: one that is proxied or instrumented is of no class of its driver. Pure. */
import { kinds } from '@nestjs-idempotency/core';

export type ClientKind = 'ioredis' | 'node-redis' | 'command';

/** What it is; `undefined` where it is none. Throws for what a client makes that is no client, with the cure. */
export function kindOfClient(given: unknown): ClientKind | undefined {
  if (!kinds.isObject(given)) return undefined;
  const has = (...methods: string[]): boolean => kinds.hasMethods(given, methods);
  if (has('callBuffer')) {
    if (has('exec') && !has('duplicate'))
      throw new TypeError('A pipeline of ioredis is no client: give the client that it was made of.');
    return 'ioredis';
  }
  if ('totalClients' in given)
    throw new TypeError(
      'A pool of node-redis cannot be subscribed with. Give a client, createClient(…): it sends many commands at once over its one connection.',
    );
  if (has('sendCommand')) {
    if (has('exec')) throw new TypeError('A multi() of node-redis is no client: give the client that it was made of.');
    if (has('multi') && !has('listenerCount'))
      throw new TypeError('A legacy() of node-redis answers by callbacks: give the client that it was made of.');
    return 'node-redis';
  }
  return has('command', 'listen') ? 'command' : undefined;
}

const MAKERS = { ioredis: 'fromIoredis', 'node-redis': 'fromNodeRedis' } as const;

/** Throws unless `given` is a client of `driver`. */
export function checkClient(driver: keyof typeof MAKERS, given: unknown): void {
  const kind = kindOfClient(given);
  if (kind === driver) return;
  throw new TypeError(`${MAKERS[driver]} takes a client of ${driver}; ${insteadOf(kind, given)}`);
}

function insteadOf(kind: ClientKind | undefined, given: unknown): string {
  if (kind === 'command') return 'this is a RedisCommand already: give it as it is.';
  if (kind !== undefined) return `this is one of ${kind}: write ${MAKERS[kind]}(…).`;
  if (typeof given === 'string' || isUrl(given)) return 'a URL is given to RedisBackend, RedisStorage or RedisLock as it is.';
  return `it was given ${kinds.describe(given)}.`;
}

/** By its looks: it may come from another realm, where `instanceof` fails. */
export function isUrl(given: unknown): given is URL {
  return Object.prototype.toString.call(given) === '[object URL]' && typeof (given as URL).href === 'string';
}
