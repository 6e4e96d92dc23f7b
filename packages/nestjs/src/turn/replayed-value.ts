/** What a replay looks like to the interceptors outside, which were written for what the handler returns or throws. */
import { HttpException } from '@nestjs/common';
import type { Answer } from '@nestjs-idempotency/core';

/** Longer bodies are not parsed only to be looked at. */
const AT_MOST_BYTES = 65_536;

/** What is told to those outside in the place of a handler's end. */
export type Shown =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'error'; readonly error: HttpException };

/** For Nest alone, which says nothing of it any more. */
const UNSEEN: Shown = { kind: 'value', value: undefined };

/**
 * An answer that was an error is an error, with its status and its body; any other is a value, also where a replay leaves with 409.
 * The value of a JSON body; `undefined` for any other, as for a handler that answers by itself, and where `isAlone` says that no
 * interceptor stands outside: filters see the error of any route. Never throws.
 */
export function shownOf({ status, headers, body }: Answer, isAlone: boolean): Shown {
  if (isAlone && status < 400) return UNSEEN;
  const value = valueOf(headers, body);
  if (status < 400) return { kind: 'value', value };
  const isBody = typeof value === 'string' || (typeof value === 'object' && value !== null);
  return { kind: 'error', error: new HttpException(isBody ? value : { statusCode: status }, status) };
}

function valueOf(headers: Answer['headers'], body: Uint8Array): unknown {
  if (body.byteLength > AT_MOST_BYTES || !headers.some(([name, value]) => name === 'content-type' && isJson(value)))
    return undefined;
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()) as unknown;
  } catch {
    // Called JSON by a handler, and something else, or encoded: there is no value to show.
    return undefined;
  }
}

function isJson(contentType: string): boolean {
  return /^application\/([^;\s]+\+)?json\s*(;|$)/i.test(contentType);
}
