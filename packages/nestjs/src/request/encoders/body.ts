/** From a request to the text that stands for its body. */
import { digest } from './digest.js';
import type { KeyedRequest } from './encoder.js';
import { type FieldFilter, fieldFilter } from './fields.js';
import { boundaryOf, writeMultipart } from './multipart.js';
import { parsedParts } from './parsed-parts.js';
import { BodyRefusedError } from './refusal.js';
import { isUnread, peekBody } from './unread.js';
import { write, type Writing } from './write.js';

/**
 * What of a body counts. Of a multipart body it is always the content of fields and files, never the boundary.
 * - 'raw': its bytes where the application keeps them (`rawBody: true`), otherwise as 'ordered'.
 * - 'ordered': what the parser made of it, in the order in which it came.
 * - 'canonical': the same, but the order of an object's keys does not count.
 * - `only` / `except`: canonical, of these dotted paths alone, or of all but these; in a multipart body, of the parts of these names.
 * - a function: canonical, of what it returns. It must not change what it is given.
 */
export type BodyIdentity =
  | 'raw'
  | 'ordered'
  | 'canonical'
  | { readonly only: readonly string[] }
  | { readonly except: readonly string[] }
  | ((request: KeyedRequest) => unknown);

/** What of a body counts, and how much of it is read. */
export interface BodyRules {
  readonly body?: BodyIdentity;
  /** How many levels of nesting a body may have where it is walked through; deeper ones are refused. Default 500. */
  readonly maxDepth?: number;
  /** The longest body that is read ahead of its parser (uploads, and types that the application has no parser for). Default 10 MiB. */
  readonly maxBytes?: number;
}

/** Text that stands for the body of `request`; a promise only where the body must be read from the connection first. */
export type BodyText = (request: KeyedRequest) => string | Promise<string>;

/** Makes the reader of bodies for `rules`. What it cannot read it refuses with `BodyRefusedError`. */
export function bodyText(rules: BodyRules, otherwise: BodyIdentity): BodyText {
  const identity = rules.body ?? otherwise;
  const { maxBytes = 10 * 1024 * 1024, maxDepth = 500 } = rules;
  const filter = filterOf(identity);
  const sorted = identity !== 'raw' && identity !== 'ordered';
  const writing: Writing = { sorted, maxDepth, filter };
  const parsed = sorted ? (body: unknown): string => write(body, writing) : (body: unknown): string => stringify(body, writing);

  return (request) => {
    if (typeof identity === 'function') return `fn ${write(identity(request), writing)}`;
    const { body, rawBody, contentType } = request;
    const multipart = contentType !== undefined && /^multipart\//i.test(contentType);
    // An empty object is what some parsers leave where they read nothing.
    if (isNothing(body) && isUnread(request.raw)) {
      return peekBody(request.raw, maxBytes).then((bytes) => unparsed(bytes, contentType, filter));
    }
    if (multipart && rawBody === undefined) return `parts ${write(parsedParts(body, request.raw), writing)}`;
    if (rawBody !== undefined && (multipart || identity === 'raw')) return unparsed(rawBody, contentType, filter);
    if (body === undefined) return 'none';
    return body instanceof Uint8Array ? `bytes ${digest(body)}` : `json ${parsed(body)}`;
  };
}

function filterOf(identity: BodyIdentity): FieldFilter | undefined {
  if (typeof identity !== 'object') return undefined;
  return 'only' in identity ? fieldFilter('only', identity.only) : fieldFilter('except', identity.except);
}

function unparsed(bytes: Uint8Array, contentType: string | undefined, filter: FieldFilter | undefined): string {
  const boundary = boundaryOf(contentType);
  const parts = boundary === undefined ? undefined : writeMultipart(bytes, boundary, filter);
  return parts === undefined ? `bytes ${digest(bytes)}` : `multipart ${parts}`;
}

function isNothing(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  if (typeof body !== 'object' || Array.isArray(body) || ArrayBuffer.isView(body)) return false;
  for (const _ in body) return false;
  return true;
}

function stringify(body: unknown, writing: Writing): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch (error) {
    // The native writer runs out of stack on deep nesting, and knows no BigInt and no circles: only the latter are for `write`.
    if (error instanceof RangeError) throw new BodyRefusedError('too-deep', { cause: error });
  }
  // `null` may have been an infinite number, and `{}` a Map, a Set or a buffer.
  return text === undefined || text.includes('null') || text.includes('{}') ? write(body, writing) : text;
}
