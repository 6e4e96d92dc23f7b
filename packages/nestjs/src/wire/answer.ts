/** What a framework wrote, as an answer: the status, the listed headers and the bytes, or why there is none. */
import { validateHeaderValue, type OutgoingHttpHeader, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Answer } from '@nestjs-idempotency/core';
import { mayBeKept } from './listed-headers.js';
import { headersAt } from './plain-head.js';

/** What may be kept of an answer. */
export interface AnswerLimits {
  /** A body of more bytes than this is not kept. */
  readonly maxBodyBytes: number;
  /** Whether this header, named in lower case, is kept and replayed. */
  readonly keeps: (header: string) => boolean;
}

/** What became of an answer on its way to the client. */
export type Captured =
  /** The whole answer. */
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** Its body is longer than `maxBodyBytes`, or is an event stream and has no end to wait for. */
  | { readonly kind: 'too-large'; readonly status: number }
  /** Its source failed midway, it is not as long as it said, or nobody was left to finish it. */
  | { readonly kind: 'broken'; readonly status: number }
  /** Nothing of it was written: its client has left, or had its answer before the handler began. */
  | { readonly kind: 'nothing'; readonly status: number };

/** The status that was captured, or stood on the response. */
export function statusOf(captured: Captured): number {
  return captured.kind === 'answer' ? captured.answer.status : captured.status;
}

/** What a response began with. */
export interface Head {
  readonly status: number;
  readonly headers: Answer['headers'];
  /** Headers of others that whoever answered took off, if any. */
  readonly removed: Answer['removed'];
  /** The Content-Length that was announced; NaN where none was. */
  readonly length: number;
  readonly isEventStream: boolean;
  /** Whether any header, of whomever, has characters beyond ASCII: see `manner.ts`. */
  readonly isBeyondAscii: boolean;
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Whether a body can follow a head of this status. */
export function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** Tells which headers belong to the answer besides those that are kept of every answer. */
export interface Belonging {
  has(header: string): boolean;
  /** Names of those that were taken off and do not stand all the same. */
  removed?(stands: (header: string) => boolean): Answer['removed'];
}

/** Said of headers whose names tell alone whether they are kept. */
const NONE: Belonging = { has: () => false };

/** Said of what a handler gives to `writeHead` itself. */
export const ALL: Belonging = { has: mayBeKept };

/**
 * Reads what is about to leave: the headers set on the response, and those given to `writeHead`, which win. Kept are those that
 * `limits` lists, of the ones that were set also those that are `set`, of the ones given those that are `given`. Throws where Node would have.
 */
export function readHead(
  response: ServerResponse,
  limits: AnswerLimits,
  writeHead?: readonly unknown[],
  belong: { readonly set: Belonging; readonly given: Belonging } = { set: NONE, given: NONE },
): Head {
  const given = writeHead === undefined ? undefined : (writeHead[headersAt(writeHead)] as OutgoingHttpHeaders | undefined);
  const status = statusFrom(writeHead === undefined ? response.statusCode : writeHead[0]);
  const late = given && lowerCased(given);
  const standing = response.getHeaders();
  const stands = (name: string): boolean => standing[name] !== undefined || late?.has(name) === true || limits.keeps(name);
  const removed = belong.set.removed?.(stands);
  const head = { status, headers: [] as [string, string][], removed, length: NaN, isEventStream: false, isBeyondAscii: false };
  for (const name in standing) if (late?.has(name) !== true) add(head, name, standing[name], limits, belong.set);
  if (late) for (const [name, value] of late) add(head, name, value, limits, belong.given);
  return head;
}

/** Read as Node reads it, which throws when the answer leaves: here nobody would hear of that any more. */
function statusFrom(given: unknown): number {
  const status = Number(given) | 0;
  if (status >= 100 && status <= 999) return status;
  throw Object.assign(new RangeError(`Invalid status code: ${String(given)}`), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
}

function lowerCased(given: OutgoingHttpHeaders): ReadonlyMap<string, OutgoingHttpHeader | undefined> {
  const late = new Map<string, OutgoingHttpHeader | undefined>();
  for (const name in given) {
    validateHeaderValue(name, given[name] as string);
    late.set(name.toLowerCase(), given[name]);
  }
  return late;
}

type Growing = { -readonly [K in keyof Head]: K extends 'headers' ? [string, string][] : Head[K] };

function add(
  head: Growing,
  name: string,
  value: OutgoingHttpHeader | undefined,
  limits: AnswerLimits,
  belonging: Belonging,
): void {
  if (value === undefined) return;
  head.isBeyondAscii ||= BEYOND_ASCII.test(String(value));
  if (name === 'content-length') head.length = Number(value);
  if (!limits.keeps(name) && !belonging.has(name)) return;
  if (name === 'content-type') head.isEventStream = String(value).startsWith('text/event-stream');
  if (Array.isArray(value)) for (const one of value) head.headers.push([name, one]);
  else head.headers.push([name, String(value)]);
}

/** The bytes of a chunk that is written to a response; a copy of those that their owner may use again. */
export function bytesOf(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  if (chunk instanceof Uint8Array) return Buffer.from(chunk);
  const error = new TypeError('The "chunk" argument must be of type string or an instance of Buffer or Uint8Array.');
  throw Object.assign(error, { code: chunk === null ? 'ERR_STREAM_NULL_VALUES' : 'ERR_INVALID_ARG_TYPE' });
}
