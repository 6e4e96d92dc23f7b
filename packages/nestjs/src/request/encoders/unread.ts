/** The bytes of a body that nobody has read yet, looked at and handed back: an upload is parsed only after the interceptors. */
import type { IncomingMessage } from 'node:http';
import { BodyRefusedError } from './refusal.js';

/** Whether the request has a body that no parser has touched. */
export function isUnread(request: IncomingMessage): boolean {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  return hasBody && !request.readableDidRead && !request.destroyed;
}

/**
 * Reads the whole body and puts it back, so that whoever reads the request later finds it untouched.
 * Throws `BodyRefusedError` for a body longer than `maxBytes` (the rest of it is discarded) and for a client that leaves.
 */
export function peekBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (reason: 'too-large' | 'aborted', cause?: unknown): void => {
      detach();
      // A body that is left in the socket would block the next request on the connection.
      request.resume();
      reject(new BodyRefusedError(reason, { cause }));
    };
    const onReadable = (): void => {
      for (let chunk = request.read() as Buffer | null; chunk !== null; chunk = request.read() as Buffer | null) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) {
          refuse('too-large');
          return;
        }
      }
      if (!request.complete) return;
      const bytes = Buffer.concat(chunks, length);
      detach();
      // In the same tick as the last read: once 'end' is emitted, nothing can be put back.
      if (length > 0) request.unshift(bytes);
      resolve(bytes);
    };
    // An empty body that has arrived before us ends without having been readable.
    const onEnd = (): void => {
      detach();
      resolve(Buffer.concat(chunks, length));
    };
    const onError = (cause: unknown): void => refuse('aborted', cause);
    const onClose = (): void => refuse('aborted');
    const detach = (): void =>
      void request.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onClose);
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) refuse('too-large');
    else request.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}
