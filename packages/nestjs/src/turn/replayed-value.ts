/** What a replay looks like to the interceptors outside, which were written for what the handler returns. */
import { HttpException } from '@nestjs/common';
import type { Answer } from '@nestjs-idempotency/core';

/** Longer bodies are not parsed only to be looked at. */
const AT_MOST_BYTES = 65_536;

/** What those outside of a replay are shown: an error where the kept answer is one. */
export type Shown =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'error'; readonly error: HttpException };

export function shownOutside(answer: Answer): Shown {
  const value = valueOf(answer);
  if (answer.status < 400) return { kind: 'value', value };
  return { kind: 'error', error: new HttpException((value ?? '') as string | object, answer.status) };
}

/** The value of a JSON body; `undefined` for any other, as for a handler that answers by itself. Never throws. */
function valueOf({ headers, body }: Answer): unknown {
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
