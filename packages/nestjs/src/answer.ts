/** What a framework wrote, as an answer: the status, the listed headers and the bytes, or why there is none. */
import type { ServerResponse } from 'node:http';
import type { Answer } from '@nestjs-idempotency/core';

/** What may be kept of an answer. */
export interface AnswerLimits {
  /** A body of more bytes than this is not kept. */
  readonly maxBodyBytes: number;
  /** Whether this header, named in lower case, is kept and replayed. */
  keeps(header: string): boolean;
}

/** What became of an answer on its way to the client. */
export type Captured =
  /** The whole answer. */
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** Its body is longer than `maxBodyBytes`, or is an event stream and has no end to wait for. */
  | { readonly kind: 'too-large'; readonly status: number }
  /** Its source failed midway, it is not as long as it said, or nobody was left to finish it. */
  | { readonly kind: 'broken'; readonly status: number };

/** What a response began with. */
export interface Head {
  readonly status: number;
  readonly headers: Answer['headers'];
  /** The Content-Length that was announced; NaN where none was. */
  readonly length: number;
  readonly isEventStream: boolean;
}

type HeaderValue = string | number | readonly string[] | undefined;

/** Whether a body can follow a head of this status. */
export function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** Reads what is about to leave: the headers set on the response, and those given to `writeHead`, which win. */
export function readHead(response: ServerResponse, limits: AnswerLimits, writeHead?: readonly unknown[]): Head {
  const given = writeHead === undefined ? undefined : writeHead[typeof writeHead[1] === 'string' ? 2 : 1];
  const late = new Map<string, HeaderValue>();
  for (const [name, value] of givenHeaders(given)) {
    const known = late.get(name);
    late.set(name, known === undefined ? value : [known, value].flat().map(String));
  }
  const headers: [string, string][] = [];
  let length = NaN;
  let isEventStream = false;
  const add = (name: string, value: HeaderValue): void => {
    if (value === undefined) return;
    if (name === 'content-length') length = Number(value);
    if (!limits.keeps(name)) return;
    if (name === 'content-type') isEventStream = String(value).startsWith('text/event-stream');
    if (Array.isArray(value)) for (const one of value) headers.push([name, String(one)]);
    else headers.push([name, String(value)]);
  };
  const standing = response.getHeaders();
  for (const name in standing) if (!late.has(name)) add(name, standing[name]);
  for (const [name, value] of late) add(name, value);
  return { status: writeHead === undefined ? response.statusCode : Number(writeHead[0]), headers, length, isEventStream };
}

/** The three forms that `writeHead` takes: an object, a flat list of names and values, a list of pairs. */
function* givenHeaders(given: unknown): Generator<[string, HeaderValue]> {
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given ?? {})) yield [name.toLowerCase(), value as HeaderValue];
  } else if (Array.isArray(given[0])) {
    for (const [name, value] of given as [string, HeaderValue][]) yield [name.toLowerCase(), value];
  } else {
    for (let i = 0; i + 1 < given.length; i += 2) yield [String(given[i]).toLowerCase(), given[i + 1] as HeaderValue];
  }
}

/** The bytes of a chunk that is written to a response; a copy of those that their owner may use again. */
export function bytesOf(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  if (chunk instanceof Uint8Array) return Buffer.from(chunk);
  const error = new TypeError('The "chunk" argument must be of type string or an instance of Buffer or Uint8Array.');
  throw Object.assign(error, { code: chunk === null ? 'ERR_STREAM_NULL_VALUES' : 'ERR_INVALID_ARG_TYPE' });
}
