/** Uses a backend made from a URL, and then has nothing more to do. */
import { RedisBackend } from '@nestjs-idempotency/redis';
import { leaseOn, LONG_MS } from './leases.js';

const backend = new RedisBackend(process.argv[2] ?? '');
await backend.check();
const { claim } = await backend.open(leaseOn(), LONG_MS, LONG_MS);
console.log(claim?.kind);
