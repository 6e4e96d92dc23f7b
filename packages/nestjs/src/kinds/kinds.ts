/** What values of options of HTTP and of Nest can be, in words, and whether they are. Pure. */
import { METHODS } from 'node:http';
import { kinds } from '@nestjs-idempotency/core';

const { integer, kind } = kinds;

export const token = kind(
  'the name of a header',
  (value) => typeof value === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value),
);
/** What `instanceof` can be asked of: arrow functions are none. */
export const errorClass = kind('a class of errors, and no other function', (value) => {
  try {
    return typeof value === 'function' && typeof ({} instanceof (value as new () => unknown)) === 'boolean';
  } catch {
    // It has no prototype, and every error that a handler throws would fail here.
    return false;
  }
});

/** In any case. Safe ones never take part. */
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];
const UNSAFE = METHODS.filter((method) => !SAFE.includes(method));
export const unsafeMethod = kind(
  `a method of HTTP that is not safe (${SAFE.join(', ')} never take part: leave them out)`,
  (value) => typeof value === 'string' && UNSAFE.includes(value.toUpperCase()),
  { names: UNSAFE },
);

/** They say something else of every request, or may not be sent by a page at all. */
const TAKEN = [
  'accept',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'prefer',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
];
export const keyHeader = kind(
  'the name of a header that has no other meaning, e.g. Idempotency-Key',
  (value) => token.is(value) && !TAKEN.includes((value as string).toLowerCase()),
);

export const status = integer(100, 999);
