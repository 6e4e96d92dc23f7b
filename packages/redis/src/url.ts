/** A client made from a URL, with the driver that is installed: ioredis, or else node-redis. */
import { readAddress } from './address.js';
import type { Ear, OwnCommand } from './command.js';
import { ownIoredis } from './own-ioredis.js';
import { ownNodeRedis } from './own-node-redis.js';

/** Connects when first used. What it opens, its `close` ends. */
export function fromUrl(url: string, onFault: (error: Error) => void): OwnCommand {
  const address = readAddress(url);
  let opening: Promise<OwnCommand> | undefined;
  const opened = (): Promise<OwnCommand> => (opening ??= open());

  async function open(): Promise<OwnCommand> {
    try {
      return await ownIoredis(address, onFault);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      return await ownNodeRedis(address, onFault);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new TypeError('A Redis URL needs a driver: install `ioredis` or `redis`.', { cause: error });
    }
  }

  return {
    command: async (args, key) => (await opened()).command(args, key),
    replicated: async (...args) => (await opened()).replicated(...args),
    info: async () => (await opened()).info(),
    listen: (channel, ear) => listen(opened(), channel, ear),
    advice: () => [],
    close: async () => {
      await (await opening)?.close();
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
  return (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND';
}
