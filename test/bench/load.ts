/** A load of keep-alive HTTP/1.1 requests over raw sockets, cheap enough that the server is what is measured. */
import { connect, type Socket } from 'node:net';

/** What was sent, and how long the answers took altogether. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
}

/** Sends `requests` requests over `connections` sockets, one at a time on each, and rejects on any answer whose status is not `status`. */
export async function drive(
  port: number,
  requests: number,
  connections: number,
  status: number,
  next: () => string,
): Promise<Load> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  let left = requests;
  const take = (): string | undefined => (left-- > 0 ? next() : undefined);
  const started = process.hrtime.bigint();
  try {
    await Promise.all(sockets.map((socket) => converse(socket, status, take)));
    return { requests, seconds: Number(process.hrtime.bigint() - started) / 1e9 };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function converse(socket: Socket, status: number, take: () => string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const ask = (): void => {
      const request = take();
      if (request === undefined) resolve();
      else socket.write(request, 'latin1');
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The server closed a connection in the middle of the load.')));
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = answerLength(received);
      if (length === undefined || received.length < length) return;
      const line = received.toString('latin1', 0, 12);
      if (line !== `HTTP/1.1 ${status}`)
        return reject(new Error(`Expected ${status}, got:\n${received.toString('latin1', 0, 600)}`));
      received = Buffer.alloc(0);
      ask();
    });
    ask();
  });
}

const LENGTH = /\r\ncontent-length: (\d+)/i;

/** How many bytes the answer has, as soon as its head is there. */
function answerLength(received: Buffer): number | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = received.toString('latin1', 0, end);
  const length = LENGTH.exec(head)?.[1];
  if (length === undefined) throw new Error(`An answer without Content-Length:\n${head}`);
  return end + 4 + Number(length);
}
