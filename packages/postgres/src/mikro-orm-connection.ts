/** The connection under a transaction of MikroORM, whose pool is that of a Knex in version 6 and one of `pg` in version 7. */
import type { Knex } from 'knex';
import { guardKnex } from './guarded-knex.js';
import { guard, type GuardedPool, type PoolLike } from './guarded-pool.js';
import { connectionOf } from './knex.js';
import type { DriverConnection } from './sql-client.js';

/** What of the connection of an entity manager gives its pool: one of the two is there. */
export interface Pooled {
  getKnex?(): unknown;
  getNativeClient?(): unknown;
}

/** Guards the pool of `pooled`, which is done before it lends the connection that {@link connectionUnder} is to find. */
export async function guardPoolOf(pooled: Pooled): Promise<GuardedPool | undefined> {
  if (pooled.getKnex) {
    guardKnex(pooled.getKnex() as Knex);
    return undefined;
  }
  if (pooled.getNativeClient) {
    const guarded = guard((await pooled.getNativeClient()) as PoolLike);
    // MikroORM 7 keeps the connection of a transaction whose ROLLBACK fails: its place in the pool would stay taken for ever.
    guarded.giveBackEnded();
    return guarded;
  }
  throw new TypeError('postgres: this MikroORM does not show its pool, which it does in version 6, and from 7.2 on.');
}

/** The connection that the transaction `trx` runs on; on a pool of `pg` it is known as soon as `pid` is. */
export async function connectionUnder(
  pooled: Pooled,
  trx: unknown,
  pid: number | undefined,
): Promise<DriverConnection | undefined> {
  const guarded = await guardPoolOf(pooled);
  if (!guarded) return connectionOf(trx as Knex);
  return pid === undefined ? undefined : guarded.find(pid);
}
