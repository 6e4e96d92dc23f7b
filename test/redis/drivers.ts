/** The drivers that an application may bring, connected to one server. */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { RedisSource } from '@nestjs-idempotency/redis';

export interface Connected {
  readonly client: RedisSource;
  end(): Promise<void>;
}

export type Driver = (url: string) => Connected | Promise<Connected>;

/** By name, for `describe.each(drivers)`. */
export const drivers: [name: string, connect: Driver][] = [
  [
    'ioredis',
    (url) => {
      const client = new Redis(url).on('error', () => undefined);
      return { client, end: async () => client.disconnect() };
    },
  ],
  [
    'node-redis',
    async (url) => {
      const client = await createClient({ url })
        .on('error', () => undefined)
        .connect();
      return { client, end: async () => client.destroy() };
    },
  ],
];
