/** ioredis as a `RedisCommand`: `Redis` (single server or Sentinel) and `Cluster`. */
import { checkClient } from './client-kinds.js';
import type { Ear, RedisArgument, RedisCommand } from './command.js';
import { whereOf } from './where.js';

/** What is used of an ioredis `Redis` or `Cluster`, version 5 and 6. */
export interface IoredisClient {
  readonly isCluster: boolean;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  info(): Promise<string>;
  pipeline(commands: unknown[][]): { exec(): Promise<[error: Error | null, result: unknown][] | null> };
  duplicate(...overrides: never[]): unknown;
}

interface Subscriber {
  readonly stream?: { unref(): void };
  on(event: string, listener: (...args: string[]) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  connect(): Promise<void>;
  disconnect(): void;
}

/** Methods that ioredis has and does not declare. */
interface Undeclared {
  evalBuffer(...args: RedisArgument[]): Promise<unknown>;
  evalshaBuffer(...args: RedisArgument[]): Promise<unknown>;
}

interface Cluster {
  nodes(role: 'master'): IoredisClient[];
}

interface Chosen {
  readonly options?: {
    readonly host?: string;
    readonly port?: number;
    readonly path?: string;
    readonly sentinels?: readonly object[] | null;
  };
  readonly startupNodes?: readonly unknown[];
}

/** Hosts and ports only: the other options may hold a password, and a node may be a URL. */
function where(client: IoredisClient): string | undefined {
  const { options, startupNodes } = client as unknown as Chosen;
  const nodes = client.isCluster ? startupNodes : options?.sentinels;
  if (nodes) return whereOf(...nodes.map((node) => (typeof node === 'object' && node !== null ? node : undefined)));
  return whereOf(options && { host: options.host, port: options.port, path: options.path });
}

/** Uses an ioredis client of the application, which stays the application's to close. */
export function fromIoredis(client: IoredisClient): RedisCommand {
  checkClient('ioredis', client);
  const scripting = client as unknown as Undeclared;
  return {
    where: where(client),

    command([name, ...rest]) {
      gather(client as unknown as Streaming);
      // By methods of their own, because `callBuffer` loses the command's name where the client pipelines automatically.
      if (name === 'EVALSHA') return scripting.evalshaBuffer(...rest);
      if (name === 'EVAL') return scripting.evalBuffer(...rest);
      return client.callBuffer(String(name), ...rest);
    },

    async replicated([name = '', ...rest], _key, replicas, timeoutMs) {
      // WAIT has no key: the pipeline takes it to the node, and the connection, of the write.
      const results = await client
        .pipeline([
          [name.toLowerCase(), ...rest],
          ['wait', replicas, timeoutMs],
        ])
        .exec();
      const [written, have] = results ?? [];
      const error = !written || !have ? new Error('WAIT was not answered.') : (written[0] ?? have[0]);
      if (error) throw error;
      return [written?.[1], Number(have?.[1])];
    },

    info() {
      const primaries = client.isCluster ? (client as unknown as Cluster).nodes('master') : [client];
      return Promise.all(primaries.map((primary) => primary.info()));
    },

    listen: (channel, ear) => listen(client, channel, ear),
    advice: () => [],
  };
}

interface Streaming {
  readonly stream?: { readonly writableCorked: number; cork(): void; uncork(): void };
}

/** What is asked in one turn of the loop leaves in one write: ioredis makes a system call of each command, on both sides. */
function gather({ stream }: Streaming): void {
  if (stream === undefined || stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => {
    stream.uncork();
  });
}

function listen(client: IoredisClient, channel: string, ear: Ear): () => Promise<void> {
  const subscriber = duplicate(client);
  subscriber.on('message', (_channel, message) => ear.heard(String(message)));
  subscriber.on('error', (error) => ear.fault(error));
  subscriber.on('end', () => ear.over());
  // A subscription alone is no reason for the process to stay.
  subscriber.on('connect', () => subscriber.stream?.unref());
  // Asked for on every connection by ourselves: ioredis does not tell when it has subscribed again.
  subscriber.on('ready', () => {
    subscriber.subscribe(channel).then(
      () => ear.up(),
      (error: unknown) => ear.fault(error),
    );
  });
  subscriber.connect().catch((error: unknown) => ear.fault(error));
  return () => {
    subscriber.disconnect();
    return Promise.resolve();
  };
}

/**
 * How long a connection is waited for that is being ended. ioredis does so for two seconds, by a timer that keeps the process, and also
 * where the connection has ended before, as that to a server that is down.
 */
export const DISCONNECT_MS = 100;

function duplicate(client: IoredisClient): Subscriber {
  const own = { lazyConnect: true, enableOfflineQueue: true };
  const single = { ...own, autoResubscribe: false, maxRetriesPerRequest: null, disconnectTimeout: DISCONNECT_MS };
  const overrides = client.isCluster ? [[], own] : [single];
  return client.duplicate(...(overrides as never[])) as Subscriber;
}
