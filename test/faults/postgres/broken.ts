/** What a campaign must notice: a source of transactions that lies about when it has committed. */
import { fromPool, type SqlSource } from '@nestjs-idempotency/postgres';
import type pg from 'pg';

/** Longer than an answer takes to leave. */
const LATE_MS = 100;

/** Says that it has committed a while before it does, so that a process may die between answer and commit. */
export function commitsLate(pool: pg.Pool): SqlSource<pg.PoolClient> {
  const honest = fromPool(pool);
  return {
    ...honest,
    transaction: (work) =>
      new Promise((resolve, reject) => {
        const later = async (): Promise<void> => {
          await honest.transaction(async (sql, tx) => {
            resolve(await work(sql, tx));
            await new Promise((elapsed) => setTimeout(elapsed, LATE_MS));
          });
        };
        later().catch(reject);
      }),
  };
}
