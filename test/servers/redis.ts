/** A real Redis for tests: an installed `redis-server`, else Docker, else Debian's package. It ends with this process, however that ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasDocker } from './container.js';
import { freePort } from './free-port.js';
import { findRedis, installRedis, runBinary } from './redis-binary.js';
import { runContainer } from './redis-docker.js';
import { untilPong } from './redis-pong.js';

/** One run of the server program. */
export interface RedisRun {
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Ends it without saving, and settles when it is gone. */
  end(): Promise<void>;
}

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** As kill -9 does: what was not written to disk is lost, and nobody is told. */
  kill(): Promise<void>;
  /** Starts the killed server again on the same port with what its disk holds. */
  restart(): Promise<void>;
  /** Stops answering while connections stay open, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** The server that REDIS_URL names, which is shared and stays, or one of our own. For tests that do no harm to it. */
export async function someRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const given = process.env['REDIS_URL'];
  return given === undefined ? startRedis() : { url: given, stop: () => Promise.resolve() };
}

/** A server of our own, without persistence unless `flags` ask for it: `['--appendonly', 'yes']`. */
export async function startRedis(flags: readonly string[] = [], port?: number): Promise<RedisServer> {
  const at = port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const args = ['--port', String(at), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...flags];
  const start = () => runRedis(at, args, folder);
  let run = await start();
  return {
    port: at,
    url: `redis://127.0.0.1:${at}`,
    async kill() {
      await run.signal('SIGKILL');
      await run.end();
    },
    async restart() {
      run = await start();
    },
    pause: () => run.signal('SIGSTOP'),
    resume: () => run.signal('SIGCONT'),
    async stop() {
      await run.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the server program with `args`, and settles when it answers on `port`. `folder` is where it may write. */
export async function runRedis(port: number, args: readonly string[], folder: string): Promise<RedisRun> {
  const binary = findRedis() ?? (hasDocker() ? undefined : installRedis());
  const run = binary === undefined ? await runContainer(args, folder) : await runBinary(binary, args, folder);
  await untilPong(port);
  return run;
}
