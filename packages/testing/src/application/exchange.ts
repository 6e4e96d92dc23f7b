/** One HTTP request on a connection of its own, and what came back. */
import { request, type IncomingHttpHeaders } from 'node:http';

/** What is sent. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** What came back, to the last byte. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function begin(origin: URL, { method, path, headers, body }: Sent) {
  const outgoing = request(new URL(path, origin), { method, headers, agent: false });
  if (body) outgoing.setHeader('content-length', body.byteLength);
  return outgoing;
}

/** Sends a request and reads its answer to the end. Rejects when the connection breaks. */
export function exchange(origin: URL, sent: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const outgoing = begin(origin, sent);
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('error', reject);
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.end(sent.body);
  });
}

/** Sends a whole request and breaks the connection before its answer is read. Settles when the connection is gone. */
export function dropped(origin: URL, sent: Sent): Promise<void> {
  return new Promise((resolve) => {
    const outgoing = begin(origin, sent);
    outgoing.on('error', () => undefined);
    outgoing.on('close', resolve);
    outgoing.end(sent.body, () => {
      // The bytes are with the kernel: a turn of the event loop lets the server read them before the reset comes.
      setImmediate(() => outgoing.destroy());
    });
  });
}
