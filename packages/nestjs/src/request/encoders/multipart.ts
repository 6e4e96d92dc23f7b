/** A multipart body without its boundary, which is another one in every retry. */
import { digest, joinParts } from './digest.js';
import { below, type FieldFilter } from './fields.js';

const CRLF2 = Buffer.from('\r\n\r\n');

/** The boundary of a multipart content type; `undefined` for any other. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = /^multipart\/.*?;\s*boundary=(?:"([^"]+)"|([^\s;]+))/is.exec(contentType ?? '');
  return match?.[1] ?? match?.[2];
}

/** The parts in their order, each with its headers as sent and a digest of its content; `undefined` where `bytes` are not of that form. */
export function writeMultipart(bytes: Uint8Array, boundary: string, filter: FieldFilter | undefined): string | undefined {
  const parts = splitParts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), boundary);
  if (parts === undefined) return undefined;
  const texts: string[] = [];
  for (const part of parts) {
    const end = part.indexOf(CRLF2);
    const head = part.subarray(0, end < 0 ? part.length : end).toString('latin1');
    const name = /;\s*name="([^"]*)"/i.exec(head)?.[1];
    if (name !== undefined && below(filter, Buffer.from(name, 'latin1').toString()) === null) continue;
    texts.push(head, end < 0 ? '' : digest(part.subarray(end + CRLF2.length)));
  }
  return joinParts(...texts);
}

function splitParts(body: Buffer, boundary: string): Buffer[] | undefined {
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  const inner = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Buffer[] = [];
  let start: number | undefined;
  let at = body.subarray(0, mark.length).equals(mark) ? 0 : body.indexOf(inner);
  while (at >= 0) {
    const after = at + (at === 0 && start === undefined ? mark : inner).length;
    const line = lineAfter(body, after);
    if (line !== undefined) {
      if (start !== undefined) parts.push(body.subarray(start, at));
      if (line === 'last') return parts;
      start = line;
    }
    // From one before the line's end: the CRLF of one delimiter may begin the next.
    at = body.indexOf(inner, typeof line === 'number' ? line - 2 : after);
  }
  return undefined;
}

/** Where the content begins behind a delimiter, 'last' behind the closing one, `undefined` where it is none but content that looks like it. */
function lineAfter(body: Buffer, at: number): number | 'last' | undefined {
  if (body[at] === 0x2d && body[at + 1] === 0x2d) return 'last';
  let end = at;
  while (body[end] === 0x20 || body[end] === 0x09) end += 1;
  return body[end] === 0x0d && body[end + 1] === 0x0a ? end + 2 : undefined;
}
