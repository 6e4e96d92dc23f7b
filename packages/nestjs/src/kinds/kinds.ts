/** What values of options can be, in words, and whether they are. Pure. */
import { METHODS } from 'node:http';
import { hasMethods } from './part-checks.js';

/** One kind of value. */
export interface Kind {
  readonly words: string;
  /** The names among which one may have been misspelt. */
  readonly names?: readonly string[];
  is(value: unknown): boolean;
}

export const kind = (words: string, is: (value: unknown) => boolean, names: readonly string[] = []): Kind => ({
  words,
  is,
  names,
});

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const oneOf = (...names: string[]): Kind =>
  kind(`one of ${names.map((name) => `'${name}'`).join(', ')}`, (value) => names.includes(value as string), names);

export const integer = (least: number, most = Number.MAX_SAFE_INTEGER): Kind =>
  kind(
    `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  );

export const listOf = (one: Kind): Kind =>
  kind(`a list, each of it ${one.words}`, (value) => Array.isArray(value) && value.every((item) => one.is(item)));

/** The same with one at least: an empty one would protect nothing, without a word. */
export const someOf = (one: Kind, otherwise: string): Kind =>
  kind(
    `a list with one at least, each of it ${one.words}; ${otherwise}`,
    (value) => listOf(one).is(value) && (value as unknown[]).length > 0,
  );

/** An object with these methods, or a class, whose instances are looked at when they are made. */
export const provided = (methods: readonly string[]): Kind =>
  kind(
    `an object with ${methods.join(', ')}, or its class`,
    (value) => typeof value === 'function' || hasMethods(value, methods),
  );

export const ms = integer(0);
export const positiveMs = integer(1);
export const bool = kind('true or false', (value) => typeof value === 'boolean');
export const func = kind('a function', (value) => typeof value === 'function');
export const text = kind('a string that is not empty', (value) => typeof value === 'string' && value !== '');
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
export const unsafeMethod = kind(
  `a method of HTTP that is not safe (${SAFE.join(', ')} never take part: leave them out)`,
  (value) => typeof value === 'string' && METHODS.includes(value.toUpperCase()) && !SAFE.includes(value.toUpperCase()),
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

/** Says what a value is without showing what might be a secret. */
export function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.length === 0) return 'an empty list';
  return Array.isArray(value) ? 'a list with something else in it' : `a ${typeof value}`;
}
