/** Redis in a container, where there is Docker and no Redis. */
import { startContainer } from './container.js';
import type { RedisRun } from './redis.js';

const COMMANDS = { SIGKILL: 'kill', SIGSTOP: 'pause', SIGCONT: 'unpause' } as const;

/** On the network of this machine, so that the nodes of a Cluster can tell each other their ports; as our user, whose folder it is. */
export async function runContainer(args: readonly string[], folder: string): Promise<RedisRun> {
  const user = [process.getuid?.() ?? 0, process.getgid?.() ?? 0].join(':');
  const options = ['--network', 'host', '--user', user, '--volume', `${folder}:${folder}`];
  const container = await startContainer('redis:7', options, 'redis-server', args);
  return { signal: (name) => container.signal(COMMANDS[name]), end: () => container.end() };
}
