/** Uses a backend whose server is down, closes it, and tells how long the process then stays. `node down.program.ts URL ioredis|node-redis` */
import { RedisBackend } from '@nestjs-idempotency/redis';
import { readAddress } from '../../packages/redis/src/address.js';
import { ownIoredis } from '../../packages/redis/src/own-ioredis.js';
import { ownNodeRedis } from '../../packages/redis/src/own-node-redis.js';
import { leaseOn } from './leases.js';

const [, , url = '', driver] = process.argv;
const make = driver === 'ioredis' ? ownIoredis : ownNodeRedis;
const own = await make(readAddress(url), () => undefined);
const backend = new RedisBackend(own, { timeoutMs: 300, onFault: () => undefined });
const warnings = await backend.check();
const refusal = await backend.open(leaseOn(), 30_000, 60_000).catch(String);
await backend.close();
await own.close();
const closedAt = performance.now();
process.on('exit', () => {
  console.log(JSON.stringify({ warnings, refusal, stayedMs: performance.now() - closedAt }));
});
