/** From a request to the text that stands for its body. */
import { isThenable } from '@nestjs-idempotency/core';
import { inTime, STORE_TIMEOUT_MS } from '../in-time.js';
import type { BodyIdentity, BodyRules } from './body-rules.js';
import { digest } from './digest.js';
import type { KeyedRequest } from './encoder.js';
import { type FieldFilter, fieldFilter } from './fields.js';
import { formText } from './form-data.js';
import { formatOf, isMultipart } from './media-type.js';
import { writeMultipart } from './multipart.js';
import { parsedParts } from './parsed-parts.js';
import { BodyRefusedError } from './refusal.js';
import { hasBody, isStream, isUnread, peekBody } from './unread.js';
import { isPlain, write, type Writing } from './write.js';

/** Text that stands for the body of `request`; a promise only where something must be read first: the connection, or a file. */
export type BodyText = (request: KeyedRequest) => string | Promise<string>;

/** Makes the reader of bodies for `rules`. What it cannot look into it refuses with `BodyRefusedError`; never are two of these taken for one. */
export function bodyText(rules: BodyRules, otherwise: BodyIdentity): BodyText {
  const identity = rules.body ?? otherwise;
  const { maxBytes = 10 * 1024 * 1024, maxDepth = 500, maxParts = 1_000 } = rules;
  const filter = filterOf(identity);
  const writing: Writing = { sorted: identity !== 'raw' && identity !== 'ordered', maxDepth, filter };

  const ofBytes = (bytes: Uint8Array, contentType: string | undefined, encoding?: string): string | Promise<string> => {
    if (bytes.byteLength === 0) return 'none';
    if (isMultipart(contentType)) return writeMultipart(bytes, contentType, filter, maxParts);
    return `bytes ${formatOf(contentType, encoding)}${digest(bytes)}`;
  };
  const ofValue = (value: unknown): string | Promise<string> => formText(value, writing) ?? `json ${write(value, writing)}`;
  const ofUnread = async ({ body, contentType, raw }: KeyedRequest): Promise<string> => {
    const bytes = await peekBody(isStream(body) ? body : raw, maxBytes);
    const text = await ofBytes(bytes, contentType, raw.headers['content-encoding']);
    // Somebody put something beside the bytes that the handler will read, too.
    return isStream(body) || isNothing(body) ? text : `${text} beside ${await ofValue(body)}`;
  };

  return (request) => {
    if (typeof identity === 'function') return picked(identity, request, writing);
    const { body, contentType, raw } = request;
    if (isStream(body) || isUnread(raw)) return ofUnread(request);
    const rawBody = request.rawBody?.byteLength === 0 ? undefined : request.rawBody;
    const multipart = isMultipart(contentType);
    if (rawBody !== undefined && (multipart || identity === 'raw' || body === undefined)) return ofBytes(rawBody, contentType);
    if (body instanceof Uint8Array) return ofBytes(body, contentType);
    if (multipart && hasBody(raw)) return parsedParts(request, writing);
    if (body === undefined && !hasBody(raw)) return 'none';
    if (isBlank(body, contentType) && hasBody(raw)) throw new BodyRefusedError('unseen');
    return ofValue(body);
  };
}

function filterOf(identity: BodyIdentity): FieldFilter | undefined {
  if (typeof identity !== 'object') return undefined;
  return 'only' in identity ? fieldFilter('only', identity.only) : fieldFilter('except', identity.except);
}

function picked(pick: (request: KeyedRequest) => unknown, request: KeyedRequest, writing: Writing): string | Promise<string> {
  const failed = (cause: unknown): never => {
    throw new BodyRefusedError('callback-failed', { cause });
  };
  const text = (value: unknown): string => `fn ${write(value, writing)}`;
  let value: unknown;
  try {
    value = pick(request);
  } catch (error) {
    return failed(error);
  }
  return isThenable(value) ? inTime('body', value, STORE_TIMEOUT_MS, request.raw).then(text, failed) : text(value);
}

function isNothing(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  if (typeof body !== 'object' || !isPlain(body)) return false;
  for (const _ in body) return false;
  return true;
}

/** Whether nothing was made of a body that was there. An empty object is what some parsers leave where they read nothing. */
function isBlank(body: unknown, contentType: string | undefined): boolean {
  return body === undefined || (body !== null && isNothing(body) && !/json|x-www-form-urlencoded/i.test(contentType ?? ''));
}
