/** A request over a socket of its own, byte for byte as it was made up. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { FuzzRequest } from './requests.js';

function bytesOf({ method, path, contentType, keyLines, headers, body, chunked }: FuzzRequest): Buffer {
  const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const keys = keyLines.map((key) => `Idempotency-Key: ${key}`);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    `Content-Type: ${contentType}`,
    length,
    ...keys,
    ...headers,
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (!chunked) return Buffer.concat([head, body]);
  const half = body.length >> 1;
  const chunks = [body.subarray(0, half), body.subarray(half)].filter((chunk) => chunk.length > 0);
  const framed = chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  return Buffer.concat([head, ...framed, Buffer.from('0\r\n\r\n')]);
}

/** What came back: its status and its text; status 0 where the connection ended without an answer. */
export async function send(port: number, request: FuzzRequest): Promise<{ status: number; text: string }> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server may close before all was sent, e.g. after a 413: what it said until then counts.
  socket.on('error', () => undefined);
  socket.end(bytesOf(request));
  await once(socket, 'close');
  const text = Buffer.concat(chunks).toString('latin1');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
}
