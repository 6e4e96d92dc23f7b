/** A multipart body that a parser has read before us, without what differs from one try to the next. */
import type { IncomingMessage } from 'node:http';
import type { KeyedRequest } from './encoder.js';
import { below } from './fields.js';
import { accountForAll } from './parts-length.js';
import { BodyRefusedError } from './refusal.js';
import { type FileText, uploadedFiles } from './uploaded-files.js';
import { write, type Writing } from './write.js';

/**
 * Text for the fields and files that a parser left: `@fastify/multipart` in the body, multer and `express-fileupload` on the request.
 * What stands where decides what it is, never a name that the client chose. A promise where files went to the disk.
 * Throws `BodyRefusedError` where it cannot be known that all that was sent can be seen.
 */
export function parsedParts(request: KeyedRequest, writing: Writing): string | Promise<string> {
  const { body } = request;
  if (isAttached(body)) return `parts ${write(attachedParts(body), writing)}`;
  const files = uploadedFiles(request.request ?? request.raw) ?? uploadedFiles(request.raw);
  if (files === undefined) {
    if (!isComplete(request)) throw new BodyRefusedError('unseen');
    return `parts ${write([body, []], writing)}`;
  }
  const counted = files.filter(({ field }) => below(writing.filter, field) !== null).map(({ text }) => text);
  const whole = (texts: readonly FileText[]): string => `parts ${write([body, texts], writing)}`;
  const isSeen = (text: FileText | Promise<FileText>): text is FileText => !(text instanceof Promise);
  return counted.every(isSeen) ? whole(counted) : Promise.all(counted.map((text) => Promise.resolve(text))).then(whole);
}

/** A part as `attachFieldsToBody: true` leaves it: it points back at the body, which nothing that was parsed from text can do. */
interface AttachedPart {
  readonly type: 'field' | 'file';
  readonly fields: object;
  readonly filename?: string;
  readonly mimetype: string;
  readonly value?: unknown;
  readonly _buf?: unknown;
}
type Attached = Readonly<Record<string, AttachedPart | readonly AttachedPart[]>>;

function isAttached(body: unknown): body is Attached {
  if (typeof body !== 'object' || body === null) return false;
  const parts = Object.values(body).flat() as unknown[];
  return parts.length > 0 && parts.every((part) => typeof part === 'object' && (part as AttachedPart | null)?.fields === body);
}

function attachedParts(body: Attached): object {
  return Object.fromEntries(Object.entries(body).map(([name, parts]) => [name, [parts].flat().map(attachedPart)]));
}

function attachedPart({ type, filename, mimetype, value, _buf }: AttachedPart): unknown {
  if (type === 'field') return ['field', mimetype, value];
  // A file that an `onFile` of the application took elsewhere.
  if (!(_buf instanceof Uint8Array)) throw new BodyRefusedError('unseen');
  return ['file', filename, mimetype, _buf];
}

/** Whether the body shows all that was sent, although no file is to be seen. */
function isComplete({ body, request, contentType, raw }: KeyedRequest): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const fields = Object.values(body).flat() as unknown[];
  const seen = (request ?? raw) as { readonly files?: unknown; isMultipart?(): boolean };
  // Multer's mark, and that of `express-fileupload`, which both hide no files.
  if (Object.getPrototypeOf(body) === null || seen.files === null) return true;
  // `attachFieldsToBody: 'keyValues'` leaves the bytes of files.
  if (typeof seen.isMultipart === 'function' && seen.isMultipart() && fields.some((value) => value instanceof Uint8Array))
    return true;
  return accountForAll(body, contentType, contentLength(raw));
}

function contentLength({ headers }: IncomingMessage): number {
  return Number(headers['content-length']);
}
