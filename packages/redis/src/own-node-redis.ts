/** A client of our own made with node-redis. */
import type { Address, Node } from './address.js';
import type { OwnCommand } from './command.js';
import { toError } from './faults.js';
import { fromNodeRedis } from './node-redis.js';

/** An idle connection is asked for a sign of life this often, and is dead when it says nothing for so long. */
const PING_MS = 2_000;
const SILENT_MS = 5_000;
/**
 * A pause before it connects again is a timer that keeps the process, also past an end. Without a strategy it grows to two seconds, and a
 * connection that was silent is never made again.
 */
const pauseMs = (retries: number): number => Math.min(2 ** retries * 25, 250);

export async function ownNodeRedis(address: Address, onFault: (error: Error) => void): Promise<OwnCommand> {
  const { createClient, createCluster, createSentinel } = await import('redis');
  const { kind, nodes, username, password, path = '', tls, family } = address;
  const socket = { socketTimeout: SILENT_MS, reconnectStrategy: pauseMs, ...(tls && { tls: true as const }) };
  const common = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    pingInterval: PING_MS,
  };
  const client =
    kind === 'cluster'
      ? createCluster({ rootNodes: nodes.map((node) => ({ url: toUrl(node, tls) })), defaults: { ...common, socket } })
      : kind === 'sentinel'
        ? createSentinel({ name: path, sentinelRootNodes: [...nodes], nodeClientOptions: { ...common, socket } })
        : createClient({
            ...common,
            socket: { ...socket, ...nodes[0], ...(family !== undefined && { family }) },
            database: Number(path),
          });
  let down: Error | undefined;
  client.on('ready', () => (down = undefined));
  client.on('error', (error: unknown) => {
    down = toError(error);
    onFault(down);
  });
  // What is being asked has a timer that keeps the process; an idle connection does not.
  if ('unref' in client) client.unref();
  // While it cannot connect it goes on trying, and commands wait in its queue.
  client.connect().catch((error: unknown) => onFault(toError(error)));
  return {
    ...fromNodeRedis(client),
    // A cluster does not say whether it is ready, and what failed may have been one node of it.
    whyDown: () => ('isReady' in client && !client.isReady ? down : undefined),
    close: async () => {
      await client.destroy();
    },
  };
}

function toUrl({ host, port }: Node, tls: boolean): string {
  return `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
