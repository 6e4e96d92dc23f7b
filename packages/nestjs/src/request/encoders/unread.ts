/** The bytes of a body that nobody has read yet, looked at and handed back: an upload is parsed only after the interceptors. */
import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { BodyRefusedError } from './refusal.js';

/** As far as they can be seen: of HTTP/2, whether its headers ended the request; of Fastify's `inject()`, what it was given. */
type Seen = IncomingMessage & {
  readonly stream?: { readonly endAfterHeaders?: boolean };
  readonly _lightMyRequest?: { readonly payload?: unknown };
};

/** Whether the request came with a body, as its framing says (RFC 9112, 6.3; RFC 9113, 8.1). */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined) return true;
  if (headers['content-length'] !== undefined) return Number(headers['content-length']) !== 0;
  if (request instanceof IncomingMessage) return false;
  // Neither HTTP/2 nor an injected stream need announce one.
  const { stream, _lightMyRequest } = request as Seen;
  return stream ? stream.endAfterHeaders === false : Boolean(_lightMyRequest?.payload);
}

/** Whether the request has a body that no parser has touched. Throws `BodyRefusedError` where its client left before it was read. */
export function isUnread(request: IncomingMessage): boolean {
  // What is no stream was made by something that read the request for us.
  if (!hasBody(request) || !isStream(request) || request.readableEnded) return false;
  if (request.readableDidRead) return isHandedBack(request);
  if (request.destroyed) throw new BodyRefusedError('aborted');
  return true;
}

/** Whether `value` is a stream of Node. */
export function isStream(value: unknown): value is Readable {
  return typeof value === 'object' && value !== null && '_readableState' in value && 'unshift' in value;
}

/** How many characters or bytes were looked at and put back: on the stream itself, because two handlers may look at one request. */
const HANDED_BACK = Symbol.for('nestjs-idempotency:handed-back');

type HandedBack = Readable & { [HANDED_BACK]?: number };

function isHandedBack(stream: HandedBack): boolean {
  return stream[HANDED_BACK] !== undefined && stream[HANDED_BACK] === stream.readableLength;
}

/** Whether all that will ever come is in the stream's buffer: Node tells it only when it is too late to put anything back. */
function isWhole(stream: Readable): boolean {
  return (stream as unknown as { readonly _readableState: { readonly ended?: boolean } })._readableState.ended === true;
}

/**
 * Reads the whole body and puts it back, so that whoever reads the stream later finds it untouched.
 * Throws `BodyRefusedError` for a body longer than `maxBytes` (the rest of it is discarded), for a client that leaves,
 * and for a stream that cannot be looked at without taking from it.
 */
export function peekBody(stream: HandedBack, maxBytes: number): Promise<Uint8Array> {
  if (stream.destroyed) return Promise.reject(new BodyRefusedError('aborted'));
  if (stream.readableObjectMode || (stream.readableDidRead && !isHandedBack(stream)))
    return Promise.reject(new BodyRefusedError('unseen'));
  return new Promise((resolve, reject) => {
    const chunks: (Buffer | string)[] = [];
    let length = 0;
    const refuse = (reason: 'too-large' | 'aborted' | 'unseen', cause?: unknown): void => {
      detach();
      // A body that is left in the socket would block the next request on the connection.
      stream.resume();
      reject(new BodyRefusedError(reason, { cause }));
    };
    const onReadable = (): void => {
      for (let chunk = read(stream); chunk !== null; chunk = read(stream)) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) {
          refuse('too-large');
          return;
        }
      }
      if (!isWhole(stream)) return;
      // HTTP/2 ends a stream that was reset, too.
      if ((stream as Partial<IncomingMessage>).aborted === true) {
        refuse('aborted');
        return;
      }
      const encoding = stream.readableEncoding ?? undefined;
      const whole = encoding === undefined ? Buffer.concat(chunks as Buffer[], length) : chunks.join('');
      detach();
      // In the same tick as the last read: once 'end' is emitted, nothing can be put back.
      if (length > 0) stream.unshift(whole, encoding);
      stream[HANDED_BACK] = length;
      resolve(typeof whole === 'string' ? Buffer.from(whole, encoding) : whole);
    };
    // An empty body that has arrived before us ends without having been readable.
    const onEnd = (): void => {
      if (length > 0) refuse('unseen');
      else {
        detach();
        resolve(Buffer.alloc(0));
      }
    };
    const onError = (cause: unknown): void => refuse('aborted', cause);
    const onClose = (): void => refuse('aborted');
    const detach = (): void =>
      void stream.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onClose);
    const { headers } = stream as Partial<IncomingMessage>;
    if (Number(headers?.['content-length'] ?? 0) > maxBytes) refuse('too-large');
    else stream.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

function read(stream: Readable): Buffer | string | null {
  return stream.read() as Buffer | string | null;
}
