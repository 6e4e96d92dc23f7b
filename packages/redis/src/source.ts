/** Where Redis comes from: a client of the application, a URL, or anything that takes commands. */
import { kinds } from '@nestjs-idempotency/core';
import type { OwnCommand, RedisCommand } from './command.js';
import { fromIoredis, type IoredisClient } from './ioredis.js';
import { fromNodeRedis, type NodeRedisClient } from './node-redis.js';
import { fromUrl } from './url.js';

/** An ioredis `Redis` or `Cluster`, a connected node-redis client, sentinel or cluster, a URL, or a `RedisCommand` of your own. */
export type RedisSource = IoredisClient | NodeRedisClient | RedisCommand | string;

/** As a `RedisCommand`; one that is made here, from a URL, is also to be closed here. */
export function toCommand(source: RedisSource, onFault: (error: Error) => void): RedisCommand | OwnCommand {
  if (typeof source === 'string') return fromUrl(source, onFault);
  if (typeof source !== 'object' || (source as object | null) === null) throw none(source);
  if ('callBuffer' in source) return fromIoredis(source);
  if ('totalClients' in source)
    throw new TypeError(
      'A pool of node-redis cannot be subscribed with. Give a client, createClient(…): it sends many commands at once over its one connection.',
    );
  if ('sendCommand' in source) return fromNodeRedis(source);
  if (typeof source.command === 'function' && typeof source.listen === 'function') return source;
  throw none(source);
}

const none = (given: unknown): TypeError =>
  new TypeError(
    `Not a Redis client but ${kinds.describe(given)}: give an ioredis or node-redis client, a redis:// URL, or a RedisCommand.`,
  );
