/** Containers, where Docker runs. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Container {
  /** `docker kill`, `pause` or `unpause` on it. */
  signal(command: 'kill' | 'pause' | 'unpause'): Promise<void>;
  /** Settles when it is gone. */
  end(): Promise<void>;
}

/** Whether there is a Docker that answers. */
export function hasDocker(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
}

/**
 * Runs `program` with `args` in the place of the image's entrypoint, under a shell that reads from a pipe of ours:
 * when this process is killed the pipe closes, and the container goes too.
 */
export async function startContainer(
  image: string,
  options: readonly string[],
  program: string,
  args: readonly string[],
): Promise<Container> {
  const shell = ['--entrypoint', 'sh', image, '-c', `${program} "$@" & read -r _`, 'sh'];
  // Made first, so that the time to fetch the image is not counted as time to start.
  const made = await run('docker', ['create', '--rm', '--interactive', ...options, ...shell, ...args]);
  const id = made.stdout.trim();
  const attached = spawn('docker', ['start', '--attach', '--interactive', id], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = once(attached, 'exit');
  attached.unref();
  let isOver = false;
  return {
    async signal(command) {
      isOver ||= command === 'kill';
      await run('docker', [command, id]);
    },
    async end() {
      attached.ref();
      if (!isOver) await run('docker', ['rm', '--force', id]);
      isOver = true;
      await ended;
    },
  };
}
