/** A client made from a URL, with the driver that is installed: ioredis, or else node-redis. */
import { readAddress } from './address.js';
import type { Ear, OwnCommand } from './command.js';
import { ownIoredis } from './own-ioredis.js';
import { ownNodeRedis } from './own-node-redis.js';
import { whereOf } from './where.js';

/** A URL needs a driver, and none is installed: no retry will change that. */
export class DriverMissingError extends TypeError {
  override readonly name = 'DriverMissingError';
}

/** Connects when first used. What it opens, its `close` ends; `info`, which begins a check, opens it anew. */
export function fromUrl(url: string, onFault: (error: Error) => void): OwnCommand {
  const address = readAddress(url);
  let opening: Promise<OwnCommand> | undefined;
  let driver: OwnCommand | undefined;
  let isClosed = false;
  // What comes late, after the end of the application, must not open a connection that nobody closes.
  const opened = (): Promise<OwnCommand> =>
    isClosed ? Promise.reject(new Error('The connection to Redis is closed.')) : (opening ??= open());

  async function open(): Promise<OwnCommand> {
    try {
      return (driver = await ownIoredis(address, onFault));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      return (driver = await ownNodeRedis(address, onFault));
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new DriverMissingError('A Redis URL needs a driver: run `npm install ioredis`, or `npm install redis`.', {
        cause: error,
      });
    }
  }

  return {
    where: whereOf(...address.nodes),
    command: async (args, key) => (await opened()).command(args, key),
    replicated: async (...args) => (await opened()).replicated(...args),
    info: async () => {
      isClosed = false;
      return (await opened()).info();
    },
    listen: (channel, ear) => listen(opened(), channel, ear),
    whyDown: () => driver?.whyDown?.(),
    advice: () => [],
    close: async () => {
      const last = opening;
      isClosed = true;
      opening = undefined;
      // What could not be opened has been told by whoever asked for it.
      await (await last?.catch(() => undefined))?.close();
    },
  };
}

function listen(opened: Promise<OwnCommand>, channel: string, ear: Ear): () => Promise<void> {
  let isClosed = false;
  const end = opened.then(
    (client) => (isClosed ? undefined : client.listen(channel, ear)),
    (error: unknown) => {
      ear.fault(error);
      ear.over();
      return undefined;
    },
  );
  return async () => {
    isClosed = true;
    await (
      await end
    )?.();
  };
}

function isMissing(error: unknown): boolean {
  // The one of `import`, or of a loader that works as `require` does: Jest's, a bundle's.
  return ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String((error as { code?: unknown }).code));
}
