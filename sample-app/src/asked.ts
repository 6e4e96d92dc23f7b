/** How the shop is to be opened, as its surroundings say. It takes no arguments. */
import { parseArgs } from 'node:util';

const KNOWN = `The shop takes no arguments but --help. It reads these variables:
  PORT          a port from 0, any that is free, to 65535 (default 3000)
  PLATFORM      express or fastify (default express)
  REDIS_URL     keeps answers and leases in Redis
  DATABASE_URL  keeps answers in Postgres, and adds transfers
  OUTSIDE_MS    how long the world outside takes, in milliseconds (default 200)`;

/** Where the shop opens, and on what. */
export interface Opening {
  readonly port: number;
  readonly platform: 'express' | 'fastify';
}

/** What `given` and `variables` ask for, or what to print instead and the code to end with. Pure. */
export function openingOf(
  given: readonly string[],
  { PORT = '3000', PLATFORM: platform = 'express' }: NodeJS.ProcessEnv,
): Opening | { readonly code: 0 | 2; readonly text: string } {
  const refused = (why: string) => ({ code: 2, text: `${why}\n\n${KNOWN}` }) as const;
  try {
    if (parseArgs({ args: [...given], options: { help: { type: 'boolean' } } }).values.help) return { code: 0, text: KNOWN };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
  const port = /^\d+$/.test(PORT) ? Number(PORT) : Number.NaN;
  if (!(port <= 65_535)) return refused(`PORT is ${PORT}: choose a number from 0 to 65535.`);
  if (platform !== 'express' && platform !== 'fastify') return refused(`PLATFORM is ${platform}: choose express or fastify.`);
  return { port, platform };
}
