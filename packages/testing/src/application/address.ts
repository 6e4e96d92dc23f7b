/** Where the application under test listens. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An application of Nest, a server of Node, or the address of a running one. */
export type Target = string | URL | Server | { getHttpServer(): unknown };

/** Where to send requests, and how to take back what was opened for it. */
export interface Address {
  readonly origin: URL;
  close(): Promise<void>;
}

/** Listens on a free port if the application does not listen yet. What listened already is left listening. */
export async function addressOf(target: Target): Promise<Address> {
  if (typeof target === 'string' || target instanceof URL) return { origin: new URL(target), close: () => Promise.resolve() };
  const server = ('getHttpServer' in target ? target.getHttpServer() : target) as Server;
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
