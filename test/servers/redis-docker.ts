/** Redis in a container, where there is Docker and no Redis. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { RedisRun } from './redis.js';

const run = promisify(execFile);
const SIGNALS = { SIGKILL: 'kill', SIGSTOP: 'pause', SIGCONT: 'unpause' } as const;

export function hasDocker(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
}

/** On the network of this machine, so that the nodes of a Cluster can tell each other their ports. */
export async function runContainer(args: readonly string[], folder: string): Promise<RedisRun> {
  const options = ['--detach', '--rm', '--network', 'host', '--volume', `${folder}:${folder}`];
  const { stdout } = await run('docker', ['run', ...options, 'redis:7', 'redis-server', ...args]);
  const id = stdout.trim();
  let isOver = false;
  return {
    async signal(name) {
      isOver ||= name === 'SIGKILL';
      await run('docker', [SIGNALS[name], id]);
    },
    async end() {
      if (!isOver) await run('docker', ['rm', '--force', id]);
      isOver = true;
    },
  };
}
