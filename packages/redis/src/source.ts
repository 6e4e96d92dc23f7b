/** Where Redis comes from: a client of the application, a URL, or anything that takes commands. */
import { kinds } from '@nestjs-idempotency/core';
import { isUrl, kindOfClient } from './client-kinds.js';
import type { OwnCommand, RedisCommand } from './command.js';
import { fromIoredis, type IoredisClient } from './ioredis.js';
import { fromNodeRedis, type NodeRedisClient } from './node-redis.js';
import { fromUrl } from './url.js';

/** An ioredis `Redis` or `Cluster`, a connected node-redis client, sentinel or cluster, a URL, or a `RedisCommand` of your own. */
export type RedisSource = IoredisClient | NodeRedisClient | RedisCommand | string | URL;

/** The URL, if it is one: what is made of it is to be closed here. */
export function urlOf(source: unknown): string | undefined {
  if (typeof source === 'string') return source;
  return isUrl(source) ? source.href : undefined;
}

/** As a `RedisCommand`; one that is made here, from a URL, is also to be closed here. */
export function toCommand(source: RedisSource, onFault: (error: Error) => void): RedisCommand | OwnCommand {
  const url = urlOf(source);
  if (url !== undefined) return fromUrl(url, onFault);
  const kind = kindOfClient(source);
  if (kind === 'ioredis') return fromIoredis(source as IoredisClient);
  if (kind === 'node-redis') return fromNodeRedis(source as NodeRedisClient);
  if (kind === 'command') return source as RedisCommand;
  throw none(source);
}

const none = (given: unknown): TypeError =>
  new TypeError(
    `Not a Redis client but ${kinds.describe(given)}: give an ioredis or node-redis client, a redis:// URL, or a RedisCommand.`,
  );
