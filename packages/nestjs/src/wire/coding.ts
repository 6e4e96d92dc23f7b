/** Content codings: gives a kept answer a form that the client of a replay can read. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Answer } from '@nestjs-idempotency/core';

type Decoder = (body: Uint8Array) => Promise<Buffer>;
type ZstdDecompress = (body: Uint8Array, callback: (error: Error | null, decoded: Buffer) => void) => void;

const gunzip: Decoder = promisify(zlib.gunzip);
/** Absent before Node 22.15. */
const zstdDecompress = (zlib as unknown as { zstdDecompress?: ZstdDecompress }).zstdDecompress;

const DECODERS: Readonly<Record<string, Decoder | undefined>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
  ...(zstdDecompress && { zstd: promisify<Uint8Array, Buffer>(zstdDecompress) }),
};

/** Whether an `Accept-Encoding` admits a coding. Without the header, any is admitted by the letter, but few such clients decode one. */
export function accepts(acceptEncoding: string | undefined, coding: string): boolean {
  let any = false;
  for (const part of (acceptEncoding ?? '').split(',')) {
    const [name = '', ...parameters] = part
      .toLowerCase()
      .split(';')
      .map((word) => word.trim());
    const isRefused = parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter));
    if (name === coding) return !isRefused;
    if (name === '*') any = !isRefused;
  }
  return any;
}

/** `answer` itself where the client accepts its coding or nobody can undo it; otherwise the same answer without it. */
export function decoded(answer: Answer, acceptEncoding: string | undefined): Answer | Promise<Answer> {
  const coding = answer.headers
    .find(([name]) => name === 'content-encoding')?.[1]
    .trim()
    .toLowerCase();
  if (coding === undefined || coding === 'identity' || answer.body.byteLength === 0 || accepts(acceptEncoding, coding))
    return answer;
  const decode = DECODERS[coding];
  if (decode === undefined) return answer;
  const headers = answer.headers.filter(([name]) => name !== 'content-encoding');
  return decode(answer.body).then(
    (body) => ({ ...answer, headers, body }),
    // The application said so of bytes that it never encoded; the first client got them like this as well.
    () => answer,
  );
}
