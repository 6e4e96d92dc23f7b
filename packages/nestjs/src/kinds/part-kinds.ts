/** Parts as options take them; what stands in the wrong place is told where it belongs. Pure. */
import { kinds } from '@nestjs-idempotency/core';
import { BACKEND_METHODS, CODEC_METHODS, ENCODER_METHODS, LOCK_METHODS, STORAGE_METHODS } from './part-checks.js';

const { hasMethods, isObject, kind } = kinds;

type Kind = kinds.Kind;

/** What each part is called, and where it belongs; what has the methods of several is the first of them. */
const PARTS: readonly (readonly [what: string, methods: readonly string[], place: string])[] = [
  ['a backend', BACKEND_METHODS, '`backend: …`'],
  ['a storage', STORAGE_METHODS, '`storage: { use: … }`'],
  ['a lock', LOCK_METHODS, '`lock: { use: … }`'],
  ['a codec', CODEC_METHODS, '`codec: …`'],
  ['an encoder', ENCODER_METHODS, '`encoder: …`'],
];

/** Whether it is made with `new`: classes are, and functions of old; arrows and methods are not. */
export const isClass = (value: unknown): boolean =>
  typeof value === 'function' && typeof (value as { readonly prototype?: unknown }).prototype === 'object';

/** Where `value`, an instance or a class, belongs; `undefined` where it is no part. */
export function placeOf(value: unknown): string | undefined {
  const made: unknown = typeof value === 'function' ? value.prototype : value;
  const [what, , place] = PARTS.find(([, methods]) => hasMethods(made, methods)) ?? [];
  return what === undefined ? undefined : `${what} is given as ${place}`;
}

/** What to do instead where a part was asked for. */
function cureOf(value: unknown): string | undefined {
  const place = placeOf(value);
  if (place !== undefined) return `${place}.`;
  if (typeof value === 'function')
    return isClass(value)
      ? undefined
      : 'a function that makes it is not a class; give what it makes, or use `forRootAsync({ useFactory })`.';
  if (isObject(value) && 'use' in value) return 'give here what stands under `use`.';
  return undefined;
}

/** An object with these methods. */
export const part = (methods: readonly string[]): Kind =>
  kind(`an object with ${methods.join(', ')}`, (value) => hasMethods(value, methods), { cure: cureOf });

/** The same, or a class, whose instances are looked at when they are made. */
export const provided = (methods: readonly string[]): Kind =>
  kind(
    `an object with ${methods.join(', ')}, or its class`,
    (value) =>
      hasMethods(value, methods) || (isClass(value) && (placeOf(value) === undefined || hasMethods(prototypeOf(value), methods))),
    { cure: cureOf },
  );

const prototypeOf = (value: unknown): unknown => (value as { readonly prototype: unknown }).prototype;

/** What groups options; the part itself stands under `use`. */
export const group = (example: string, off?: string): Kind =>
  kind(
    `an object, e.g. \`${example}\``,
    (value) => isObject(value) && typeof value['then'] !== 'function' && placeOf(value) === undefined,
    {
      cure: (value) => (value === false && off !== undefined ? `write \`${off}\`.` : cureOf(value)),
    },
  );
