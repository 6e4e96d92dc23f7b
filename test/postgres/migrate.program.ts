/** One of many processes that start at once: connects, waits until all others have, then makes the schema. Ends with 0 if it is there. */
import { once } from 'node:events';
import { fromPool, migrate } from '@nestjs-idempotency/postgres';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 1 });
await pool.query('SELECT 1');
const told = once(process, 'message');
process.send?.('connected');
await told;
await migrate(fromPool(pool));
await pool.end();
process.disconnect();
