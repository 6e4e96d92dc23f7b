/** A multipart body that a parser has read before us, without what differs from one try to the next. */
import type { IncomingMessage } from 'node:http';

/**
 * The fields and files that `@fastify/multipart` (`attachFieldsToBody`) or multer (as a middleware) left on the request.
 * Limit: of a file that went to the disk only its field, name, type and size are known.
 */
export function parsedParts(body: unknown, request: IncomingMessage): unknown {
  const { file, files } = request as { file?: unknown; files?: unknown };
  return [eachPart(body), eachPart(file), eachPart(files)];
}

function eachPart(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(eachPart);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const part = value as Record<string, unknown>;
  // A multer file has a `path` and a `filename` that are random; a Fastify part points back at all parts through `fields`.
  if (typeof part['originalname'] === 'string')
    return ['file', part['fieldname'], part['originalname'], part['mimetype'], part['buffer'] ?? part['size']];
  if (part['type'] === 'file' && typeof part['fieldname'] === 'string')
    return ['file', part['fieldname'], part['filename'], part['mimetype'], part['_buf'] ?? null];
  if (part['type'] === 'field' && typeof part['fieldname'] === 'string') return ['field', part['fieldname'], part['value']];
  return new Map(Object.entries(part).map(([name, inner]) => [name, eachPart(inner)]));
}
