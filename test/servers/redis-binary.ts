/** The Redis program of this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { canInstall, install } from './debian.js';
import type { RedisRun } from './redis.js';

/** Debian ships the server program in redis-tools too, under the name of a tool: it acts by the name it is called. */
const DEBIAN = '/usr/bin/redis-check-rdb';

/** The server program that REDIS_SERVER names, else one on the PATH, or Debian's. */
export function findRedis(): string | undefined {
  const given = process.env['REDIS_SERVER'];
  if (given !== undefined && !existsSync(given)) throw new Error(`REDIS_SERVER names no file: ${given}`);
  if (given !== undefined) return given;
  const names = ['redis-server', 'valkey-server'];
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  return found ?? (existsSync(DEBIAN) ? DEBIAN : undefined);
}

/** Installs redis-tools: the package redis-server would start a service. One process at a time; others wait and find it there. */
export function installRedis(): string {
  if (!canInstall())
    throw new Error('No Redis found: set REDIS_URL, install redis-server, start Docker, or run as root on Debian.');
  install(DEBIAN, 'redis-tools');
  return DEBIAN;
}

/** Runs the server under a shell that reads from a pipe of ours: when this process is killed the pipe closes, and the server goes too. */
export async function runBinary(binary: string, args: readonly string[], folder: string): Promise<RedisRun> {
  const program = binary === DEBIAN ? join(folder, 'redis-server') : binary;
  if (program !== binary && !existsSync(program)) symlinkSync(binary, program);
  const script = '"$@" >/dev/null 2>&1 & echo $!; read -r _; kill -KILL $!; kill -CONT $!; wait $!';
  const shell = spawn('sh', ['-c', script, 'sh', program, ...args], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const ended = once(shell, 'exit');
  const [pid] = (await once(shell.stdout, 'data')) as [Buffer];
  shell.stdout.destroy();
  shell.unref();
  return {
    signal: async (name) => void process.kill(Number(pid.toString()), name),
    async end() {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
