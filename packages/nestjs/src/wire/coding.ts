/** Content codings: gives a kept answer a form that the client of a replay can read. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Answer } from '@nestjs-idempotency/core';
import Negotiator from 'negotiator';

type Decoder = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;
type Decompress = (
  body: Uint8Array,
  options: { maxOutputLength: number },
  callback: (error: Error | null, decoded: Buffer) => void,
) => void;

const gunzip: Decoder = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(zlib.gunzip);
/** Absent before Node 22.15. */
const zstdDecompress = (zlib as unknown as { zstdDecompress?: Decompress }).zstdDecompress;

const DECODERS: Readonly<Record<string, Decoder | undefined>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(zlib.inflate),
  br: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(zlib.brotliDecompress),
  ...(zstdDecompress && { zstd: promisify(zstdDecompress) }),
};

/** What tells of the bytes in their coding, and of no others (RFC 9530; RFC 9110, 8.3 and 14.4). */
const OF_THE_BYTES = new Set(['content-encoding', 'content-digest', 'repr-digest', 'content-md5', 'digest']);

/**
 * In which form a client is given what is kept in `coding`: as it is where it accepts that or refuses both, without it otherwise.
 * Without the header any coding is admitted by the letter (RFC 9110, 12.5.3), but few such clients decode one.
 */
export function formFor(acceptEncoding: string | undefined, coding: string): 'kept' | 'decoded' {
  const negotiator = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } });
  const accepted = negotiator.encodings([coding, 'identity', ...(coding === 'x-gzip' ? ['gzip'] : [])]);
  return accepted.includes('identity') && !accepted.some((one) => one !== 'identity') ? 'decoded' : 'kept';
}

/**
 * `answer` itself where the client accepts its coding, or nobody can undo it within `atMostBytes`; otherwise the same answer without
 * it. An answer that would be longer would not have been kept without its coding either: its client is given it as the first one was,
 * which is not what it prefers (RFC 9110, 12.1), but what there is.
 */
export function decoded(answer: Answer, acceptEncoding: string | undefined, atMostBytes: number): Answer | Promise<Answer> {
  const coding = answer.headers
    .find(([name]) => name === 'content-encoding')?.[1]
    .trim()
    .toLowerCase();
  if (coding === undefined || coding === 'identity' || answer.body.byteLength === 0) return answer;
  const decode = DECODERS[coding];
  // Part of an encoded whole is nothing on its own.
  if (decode === undefined || answer.status === 206 || formFor(acceptEncoding, coding) === 'kept') return answer;
  return decode(answer.body, { maxOutputLength: Math.max(atMostBytes, 1) }).then(
    (body) => ({ ...answer, headers: withoutCoding(answer.headers), body }),
    // Too long, or said by the application of bytes that it never encoded; the first client got them like this as well.
    () => answer,
  );
}

/** The headers of the same representation in other bytes: validated only weakly, and chosen by Accept-Encoding. */
function withoutCoding(headers: Answer['headers']): Answer['headers'] {
  const left = headers
    .filter(([name]) => !OF_THE_BYTES.has(name))
    .map(([name, value]) =>
      name === 'etag' && !value.startsWith('W/') ? ([name, `W/${value}`] as const) : ([name, value] as const),
    );
  const varies = left.some(([name, value]) => name === 'vary' && /(^|,)\s*(accept-encoding|\*)\s*(,|$)/i.test(value));
  return varies ? left : [...left, ['vary', 'Accept-Encoding']];
}
