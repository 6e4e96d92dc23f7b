/** Where the application under test listens. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kinds } from '@nestjs-idempotency/core';

/** An application of Nest, a server of Node, or the address of a running one. */
export type Target = string | URL | Server | { getHttpServer(): unknown };

/** Throws for what is none. */
export function checkTarget(target: unknown): asserts target is Target {
  if (target instanceof URL || kinds.hasMethods(target, ['getHttpServer']) || kinds.hasMethods(target, ['address', 'listen']))
    return;
  if (typeof target === 'string' && /^http:\/\/./.test(target) && URL.canParse(target)) return;
  const given = typeof target === 'string' ? 'another string' : kinds.describe(target);
  throw new TypeError(
    `The application under test is what Nest made, a server of Node, or an address, http://…; it was ${given}.`,
  );
}

/** Where to send requests, and how to take back what was opened for it. */
export interface Address {
  readonly origin: URL;
  close(): Promise<void>;
}

/** Listens on a free port if the application does not listen yet. What listened already is left listening. */
export async function addressOf(target: Target): Promise<Address> {
  if (typeof target === 'string' || target instanceof URL) return { origin: new URL(target), close: () => Promise.resolve() };
  const server = ('getHttpServer' in target ? target.getHttpServer() : target) as Server;
  if (!kinds.hasMethods(server, ['listen']))
    throw new TypeError('The application under test has no server yet: `await app.init()` first.');
  const isOurs = !server.listening;
  if (isOurs) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const { port } = server.address() as AddressInfo;
  return {
    origin: new URL(`http://127.0.0.1:${String(port)}`),
    async close() {
      if (!isOurs) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
