/** The bodies that Nest 12 sends as they are produced: web responses and streams, Node streams, async iterables. */
import { Readable } from 'node:stream';
import { types } from 'node:util';
import type { ServerResponse } from 'node:http';
import { StreamableFile } from '@nestjs/common';

/** Said of a body that somebody has read from or ended. */
export const STOPPED = Symbol('stopped');

type Streamed = Response | AsyncIterable<unknown>;

function isWebResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]';
}

/** Whether Nest 12 sends `value` piece by piece; a thenable that can be iterated, such as a query, stands for what it resolves to. */
export function isStreamed(value: unknown): value is Streamed {
  if (typeof value !== 'object' || value === null) return false;
  return isWebResponse(value) || (Symbol.asyncIterator in value && !('then' in value));
}

/** Whether somebody has read from a stream, or destroyed it: what it still gives is not all it had. */
export function isStopped(source: object): boolean {
  const { destroyed, locked } = source as { destroyed?: boolean; locked?: boolean };
  return destroyed === true || locked === true || Readable.isDisturbed(source as Readable);
}

/** What a response can write of a piece: text and bytes as they are, everything else as a line of JSON. */
function chunkOf(piece: unknown): string | Buffer {
  if (typeof piece === 'string') return piece;
  if (ArrayBuffer.isView(piece)) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  if (types.isAnyArrayBuffer(piece)) return Buffer.from(piece);
  const json = JSON.stringify(piece) as string | undefined;
  return json === undefined ? '' : `${json}\n`;
}

function typeOf(piece: unknown): string {
  if (typeof piece === 'string') return 'text/plain; charset=utf-8';
  return ArrayBuffer.isView(piece) || types.isAnyArrayBuffer(piece) ? 'application/octet-stream' : 'application/x-ndjson';
}

/**
 * A file that an adapter can send for `body`, or nothing for a web response without one; the head of a web response is put on
 * `response`, its headers by `setHeader`. `STOPPED` for what somebody has read from or ended; an iterable without a piece is taken
 * for one, as the two cannot be told apart.
 */
export async function streamable(
  body: Streamed,
  response: ServerResponse,
  setHeader: (name: string, value: string) => void,
): Promise<StreamableFile | undefined | typeof STOPPED> {
  const source = isWebResponse(body) ? body.body : body;
  if (isWebResponse(body)) {
    response.statusCode = body.status;
    body.headers.forEach((value, name) => void setHeader(name, value));
  }
  if (source === null) return undefined;
  if (isStopped(source)) return STOPPED;
  const iterator = (source as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return isWebResponse(body) ? undefined : STOPPED;
  async function* pieces(): AsyncGenerator<string | Buffer> {
    try {
      yield chunkOf(first.value);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield chunkOf(next.value);
    } finally {
      await iterator.return?.();
    }
  }
  return new StreamableFile(Readable.from(pieces()), isWebResponse(body) ? {} : { type: typeOf(first.value) }).setErrorLogger(
    () => undefined,
  );
}
