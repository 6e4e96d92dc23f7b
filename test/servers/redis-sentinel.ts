/** A primary, a replica, and a Sentinel that makes the replica the primary half a second after it lost the other. */
import { Redis } from 'ioredis';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { runRedis, startRedis, type RedisServer } from './redis.js';

export interface RedisSentinel {
  readonly port: number;
  /** The name under which the Sentinel knows the primary. */
  readonly name: string;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  stop(): Promise<void>;
}

export async function startSentinel(): Promise<RedisSentinel> {
  const primary = await startRedis();
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0']);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-sentinel-'));
  const config = join(folder, 'sentinel.conf');
  writeFileSync(
    config,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor payments 127.0.0.1 ${primary.port} 1\n` +
      'sentinel down-after-milliseconds payments 500\nsentinel failover-timeout payments 3000\n',
  );
  const run = await runRedis(port, [config, '--sentinel'], folder);
  await untilJoined(primary.port, port);
  return {
    port,
    name: 'payments',
    primary,
    replica,
    async stop() {
      await run.end();
      rmSync(folder, { recursive: true, force: true });
      await Promise.all([primary.stop(), replica.stop()]);
    },
  };
}

/** The replica has what the primary has, and the Sentinel knows of it. */
async function untilJoined(primaryPort: number, sentinelPort: number): Promise<void> {
  const [primary, sentinel] = [new Redis(primaryPort), new Redis(sentinelPort)];
  try {
    const until = Date.now() + 60_000;
    for (;;) {
      const known = (await sentinel.call('sentinel', 'replicas', 'payments')) as unknown[];
      if (known.length === 1 && (await primary.info('replication')).includes('state=online')) return;
      if (Date.now() > until) throw new Error('The replica did not join within a minute.');
      await pause(50);
    }
  } finally {
    primary.disconnect();
    sentinel.disconnect();
  }
}
