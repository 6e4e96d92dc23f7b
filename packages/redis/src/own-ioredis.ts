/** A client of our own made with ioredis. */
import type { RedisOptions as DriverOptions } from 'ioredis';
import type { Address } from './address.js';
import type { OwnCommand } from './command.js';
import { DISCONNECT_MS, fromIoredis } from './ioredis.js';

/** After a failover the old primary answers READONLY on the old connection: 2 is to reconnect and to send the command again. */
const reconnectOnError = (error: Error): 2 | false => (error.message.startsWith('READONLY') ? 2 : false);

/** A connection that says nothing for this long while a reply is due is dead. */
const SILENT_MS = 5_000;

export async function ownIoredis(address: Address, onFault: (error: Error) => void): Promise<OwnCommand> {
  const { Redis, Cluster } = await import('ioredis');
  const { kind, nodes, username, password, path = '', tls, family } = address;
  const common = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    reconnectOnError,
    socketTimeout: SILENT_MS,
    maxRetriesPerRequest: 1,
    disconnectTimeout: DISCONNECT_MS,
  } satisfies DriverOptions;
  const client =
    kind === 'cluster'
      ? new Cluster([...nodes], { redisOptions: common })
      : kind === 'sentinel'
        ? new Redis({ ...common, sentinels: [...nodes], name: path })
        : new Redis({ ...common, ...nodes[0], db: Number(path), ...(family !== undefined && { family }) });
  let down: Error | undefined;
  client.on('ready', () => (down = undefined));
  client.on('error', (error: Error) => {
    down = error;
    onFault(error);
  });
  // What is being asked has a timer that keeps the process; an idle connection does not.
  if (client instanceof Redis) client.on('connect', () => client.stream.unref());
  return {
    ...fromIoredis(client),
    whyDown: () => (client.status === 'ready' ? undefined : down),
    close: () => {
      client.disconnect();
      return Promise.resolve();
    },
  };
}
