/** A multipart body without its boundary, which is another one in every retry. */
import { Busboy } from '@fastify/busboy';
import { createHash } from 'node:crypto';
import { digest, joinParts } from './digest.js';
import { below, type FieldFilter } from './fields.js';
import { boundaryOf } from './media-type.js';
import { BodyRefusedError } from './refusal.js';

/**
 * Text for all that `bytes` say but their boundary; with `filter`, for the parts that count.
 * Throws `BodyRefusedError` for more than `maxParts` parts.
 */
export function writeMultipart(
  bytes: Uint8Array,
  contentType: string,
  filter: FieldFilter | undefined,
  maxParts: number,
): string | Promise<string> {
  const named = boundaryOf(contentType);
  // It cannot be known which of several boundaries the handler's parser takes.
  if (named === undefined) return `bytes ${JSON.stringify(contentType)} ${digest(bytes)}`;
  const pieces = piecesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), named.boundary, maxParts);
  const whole = (): string => `multipart ${JSON.stringify(named.rest)} ${digest(Buffer.concat(pieces.flatMap(withLength)))}`;
  if (filter === undefined) return whole();
  // Behind the last delimiter, and before the first, there is no part.
  return namedParts(bytes, contentType, filter).then((parts) => (parts?.count === pieces.length - 2 ? parts.text : whole()));
}

/** What stands between the delimiters: nothing is lost but the boundary, whatever a parser would make of it. */
function piecesOf(body: Buffer, boundary: string, maxParts: number): Buffer[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const pieces: Buffer[] = [];
  const first = delimiter.subarray(2);
  let start = 0;
  if (body.subarray(0, first.length).equals(first)) {
    pieces.push(body.subarray(0, 0));
    start = first.length;
  }
  for (let at = body.indexOf(delimiter, start); at >= 0; at = body.indexOf(delimiter, start)) {
    pieces.push(body.subarray(start, at));
    if (pieces.length > maxParts + 1) throw new BodyRefusedError('too-large');
    start = at + delimiter.length;
  }
  pieces.push(body.subarray(start));
  return pieces;
}

function withLength(piece: Buffer): [Buffer, Buffer] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(piece.length);
  return [length, piece];
}

/** The parts whose names count, read as the handler's parser does; `undefined` where it would find no form. */
function namedParts(
  bytes: Uint8Array,
  contentType: string,
  filter: FieldFilter,
): Promise<{ readonly text: string; readonly count: number } | undefined> {
  return new Promise((resolve) => {
    const texts: string[] = [];
    let count = 0;
    const nothing = (): void => {
      resolve(undefined);
    };
    try {
      // Each part as a file: its bytes as they are, without a decoding that could make two of them one.
      const limits = { fieldNameSize: Infinity, fileSize: Infinity, headerPairs: Infinity, headerSize: bytes.byteLength };
      const parser = new Busboy({
        headers: { 'content-type': contentType },
        isPartAFile: () => true,
        preservePath: true,
        limits,
      });
      parser.on('file', (name: string | undefined, content, file: string | undefined, encoding, type) => {
        const at = count++;
        if (name !== undefined && below(filter, name) === null) {
          content.on('error', nothing).resume();
          return;
        }
        const hash = createHash('sha256');
        content.on('data', (chunk: Buffer) => hash.update(chunk));
        content.on('error', nothing);
        content.on('end', () => {
          texts[at] = joinParts(JSON.stringify([name, file, encoding, type]), hash.digest('base64url'));
        });
      });
      parser.on('error', nothing);
      parser.on('finish', () => {
        resolve({ text: `parts ${joinParts(...texts.filter((text) => text !== undefined))}`, count });
      });
      parser.end(bytes);
    } catch {
      // It throws for a type that it does not read: then there are no names.
      nothing();
    }
  });
}
