/** Idempotency for fleets: records and leases in Redis or Valkey. */
export type { Claim, Lease, Opened, Saved, StoredRecord, Watch } from '@nestjs-idempotency/core';
export { RedisBackend } from './backend.js';
export { type Ear, type RedisArgument, type RedisCommand, type Replicated } from './command.js';
export { fromIoredis, type IoredisClient } from './ioredis.js';
export { RedisLock } from './lock.js';
export { fromNodeRedis, type NodeRedisClient } from './node-redis.js';
export { type RedisOptions } from './options.js';
export { type RedisSource } from './source.js';
export { RedisStorage } from './storage.js';
