/** The servers that all runs of a list of mutants share. */
import { startPostgres } from '../servers/postgres.js';
import { startRedis } from '../servers/redis.js';

export interface Servers {
  /** What tells the specs where they are. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts what `specs` need, and no more. */
export async function startServers(specs: readonly string[]): Promise<Servers> {
  const [redis, postgres] = await Promise.all([
    specs.some((spec) => spec.includes('redis')) ? startRedis() : undefined,
    specs.some((spec) => spec.includes('postgres')) ? startPostgres({ maxConnections: 200 }) : undefined,
  ]);
  return {
    env: { ...(redis && { REDIS_URL: redis.url }), ...(postgres && { DATABASE_URL: postgres.url }) },
    async stop() {
      await Promise.all([redis?.stop(), postgres?.stop()]);
    },
  };
}
