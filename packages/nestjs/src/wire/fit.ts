/** An answer as headers that Node sends without a word, or why it cannot be sent. Pure. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Answer } from '@nestjs-idempotency/core';
import { mayBeKept } from './listed-headers.js';
import { hasBody } from './answer.js';

/** A kept answer that no HTTP message can say: its record was made by something else, or changed. Nothing of it has left. */
export class UnsendableAnswerError extends Error {
  override readonly name = 'UnsendableAnswerError';
}

export type AnswerHeaders = ReadonlyMap<string, string | number | readonly string[]>;

/**
 * The headers with which `answer` leaves, each name once and in lower case, those of `extra` last. What frames a message or belongs to
 * one response is left out, whatever the record says: the length is that of the bytes. Throws an `UnsendableAnswerError`.
 */
export function fitted(answer: Answer, extra: Answer['headers']): AnswerHeaders {
  const { status, body } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new UnsendableAnswerError('A kept answer has a status that no answer has.');
  const headers = new Map<string, string | number | readonly string[]>();
  for (const [name, value] of answer.headers) put(headers, name, value);
  for (const [name, value] of extra) put(headers, name, value);
  if (hasBody(status)) headers.set('content-length', body.byteLength);
  return headers;
}

function put(headers: Map<string, string | number | readonly string[]>, given: string, value: string): void {
  const name = given.toLowerCase();
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (error) {
    throw new UnsendableAnswerError('A kept answer has a header that no message can have.', { cause: error });
  }
  if (!mayBeKept(name)) return;
  const known = headers.get(name) as string | readonly string[] | undefined;
  headers.set(name, known === undefined ? value : [known, value].flat());
}
