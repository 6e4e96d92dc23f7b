/** node-redis as a `RedisCommand`: `createClient`, `createSentinel` and `createCluster`. */
import { checkClient } from './client-kinds.js';
import type { Ear, RedisArgument, RedisCommand } from './command.js';
import { whereOf } from './where.js';

/** What is used of a client, a sentinel or a cluster of node-redis, version 5 and 6. It must have been connected by the application. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  /** A sentinel of version 5 has none. */
  duplicate?(...overrides: never[]): unknown;
  sendCommand(...args: never[]): Promise<unknown>;
  listenerCount(event: string): number;
}

interface Subscriber {
  on(event: string, listener: (error?: unknown) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  destroy(): unknown;
  unref?(): void;
}

interface SelfSubscriber extends Pick<NodeRedisClient, 'isOpen'> {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
}

interface Cluster {
  readonly masters: readonly unknown[];
  nodeClient(master: unknown): Promise<Single>;
}

interface Single {
  sendCommand(args: readonly RedisArgument[], options?: object): Promise<unknown>;
}

type Send = (args: readonly RedisArgument[], key: string, options?: object) => Promise<unknown>;

/** Makes every bulk string (`$` is 36) a Buffer, whatever the client is set to. */
const BINARY = { typeMapping: { 36: Buffer } };
const TEXT = { typeMapping: {} };

/** Uses a node-redis client of the application, which stays the application's to connect and to close. */
export function fromNodeRedis(client: NodeRedisClient): RedisCommand {
  checkClient('node-redis', client);
  const send = sender(client);
  // A cluster and a sentinel do not tell.
  const { socket } = (client as { readonly options?: { readonly socket?: object } }).options ?? {};
  return {
    where: whereOf(socket),
    command: (args, key) => send(args, key, BINARY),

    async replicated(write, key, replicas, timeoutMs) {
      // Both at once, so that they go out one behind the other: a sentinel takes a connection from its pool for what is under way.
      const wait = ['WAIT', String(replicas), String(timeoutMs)];
      const [written, have] = await Promise.all([send(write, key), send(wait, key)]);
      return [written, Number(have)];
    },

    async info() {
      const primaries = isCluster(client)
        ? await Promise.all(client.masters.map((master) => client.nodeClient(master)))
        : [{ sendCommand: (args: readonly RedisArgument[]) => send(args, '', TEXT) }];
      return Promise.all(primaries.map(async (primary) => String(await primary.sendCommand(['INFO'], TEXT))));
    },

    listen: (channel, ear) => listen(client, channel, ear),

    advice: () =>
      client.listenerCount('error') > 0
        ? []
        : ['The node-redis client has no listener for `error`: a lost connection ends the process. Add `client.on("error", …)`.'],
  };
}

/** The three kinds of client take the same command in three shapes. */
function sender(client: NodeRedisClient): Send {
  const loose = client as unknown as { sendCommand(...args: unknown[]): Promise<unknown> };
  if (isCluster(client)) return (args, key, options) => loose.sendCommand(key, false, args, options);
  if ('getSentinelNode' in client) return (args, _key, options) => loose.sendCommand(false, args, options);
  return (args, _key, options) => loose.sendCommand(args, options);
}

function isCluster(client: object): client is Cluster {
  return 'nodeClient' in client;
}

function listen(client: NodeRedisClient, channel: string, ear: Ear): () => Promise<void> {
  if (!client.duplicate) return listenBeside(client as unknown as SelfSubscriber, channel, ear);
  const subscriber = client.duplicate() as Subscriber;
  let isSubscribed = false;
  // A subscription alone is no reason for the process to stay.
  subscriber.unref?.();
  subscriber.on('error', (error) => ear.fault(error));
  subscriber.on('ready', () => {
    if (isSubscribed) ear.up();
  });
  const standing = (async () => {
    await subscriber.connect();
    await subscriber.subscribe(channel, (message) => ear.heard(message));
    isSubscribed = true;
    ear.up();
  })();
  standing.catch((error: unknown) => {
    ear.fault(error);
    ear.over();
  });
  return async () => {
    try {
      await subscriber.destroy();
    } catch (error) {
      ear.fault(error);
    }
  };
}

/** A sentinel that cannot be duplicated subscribes on a connection apart from those of its commands, and follows the primary with it. */
function listenBeside(client: SelfSubscriber, channel: string, ear: Ear): () => Promise<void> {
  const heard = (message: string): void => ear.heard(message);
  const stand = (): void => {
    // Settles when the connection of now has it; heard twice it would still be one listener.
    client.subscribe(channel, heard).then(
      () => ear.up(),
      (error: unknown) => {
        client.off('topology-change', stand);
        ear.fault(error);
        ear.over();
      },
    );
  };
  client.on('topology-change', stand);
  stand();
  return async () => {
    client.off('topology-change', stand);
    try {
      // One that its owner has closed would connect for it anew.
      if (client.isOpen) await client.unsubscribe(channel, heard);
    } catch (error) {
      ear.fault(error);
    }
  };
}
