/** A TCP proxy that can lose replies, swallow everything, or break connections: a fault that real servers have and cannot be told to have. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** `open` passes everything; `deaf` passes requests and swallows replies; `hole` swallows both and keeps the connections. */
export type ProxyMode = 'open' | 'deaf' | 'hole';

export interface TcpProxy {
  readonly port: number;
  set(mode: ProxyMode): void;
  /** Breaks the connection on which the next reply comes, in its place. Settles when that has happened. */
  loseNextReply(): Promise<void>;
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

/** `hear` gives, for each connection, who is told what the client sends. */
export async function startProxy(target: number, hear?: () => (chunk: Buffer) => void): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let mode: ProxyMode = 'open';
  let onLost: (() => void) | undefined;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const both = [near, far] as const;
    pairs.add(both);
    near.setNoDelay();
    const end = () => {
      pairs.delete(both);
      near.destroy();
      far.destroy();
    };
    for (const socket of both) socket.on('error', end).on('close', end);
    const heard = hear?.();
    near.on('data', (chunk: Buffer) => {
      heard?.(chunk);
      if (mode !== 'hole') far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (onLost) {
        onLost();
        onLost = undefined;
        end();
      } else if (mode === 'open') near.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const [near] of pairs) near.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => (mode = next),
    loseNextReply: () => new Promise((resolve) => (onLost = resolve)),
    cut,
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
