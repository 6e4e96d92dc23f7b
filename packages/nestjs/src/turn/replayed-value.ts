/** What a replay looks like to the interceptors outside, which were written for what the handler returns. */
import type { Answer } from '@nestjs-idempotency/core';

/** Longer bodies are not parsed only to be looked at. */
const AT_MOST_BYTES = 65_536;

/** The value of a JSON body; `undefined` for any other, as for a handler that answers by itself. Never throws. */
export function valueOf({ headers, body }: Answer): unknown {
  if (body.byteLength > AT_MOST_BYTES || !headers.some(([name, value]) => name === 'content-type' && isJson(value)))
    return undefined;
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()) as unknown;
  } catch {
    // Called JSON by a handler, and something else: there is no value to show.
    return undefined;
  }
}

function isJson(contentType: string): boolean {
  return contentType.startsWith('application/json');
}
