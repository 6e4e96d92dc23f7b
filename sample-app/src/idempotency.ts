/** Where answers are kept, and by which rules: this process's memory, Redis, or the shop's own database. */
import { fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import { RedisBackend } from '@nestjs-idempotency/redis';
import type { DynamicModule } from '@nestjs/common';
import { IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import { Client, Pool } from 'pg';
import { DatabaseModule } from './transfers/database.module.js';

/** Answers as the IETF draft describes them; a duplicate of a running request waits for its answer for up to ten seconds. */
const RULES: IdempotencyOptions = { profile: 'ietf', waitMs: 10_000, leaseMs: 5_000 };

/** The one import that makes the decorators work. */
export function idempotency(): DynamicModule {
  const { DATABASE_URL, REDIS_URL } = process.env;
  if (DATABASE_URL !== undefined) {
    return IdempotencyModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [Pool],
      useFactory: (pool: Pool) => ({
        ...RULES,
        backend: new PostgresBackend(fromPool(pool), { listen: () => new Client({ connectionString: DATABASE_URL }) }),
      }),
    });
  }
  if (REDIS_URL !== undefined) return IdempotencyModule.forRoot({ ...RULES, backend: new RedisBackend(REDIS_URL) });
  return IdempotencyModule.forRoot(RULES);
}
