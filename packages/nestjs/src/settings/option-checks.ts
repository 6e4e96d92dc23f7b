/** Options are checked when the application starts: unknown names and wrong types stop it. */
import { IdempotencyConfigError } from '../config-error.js';
import { describe, isObject } from '../kinds/kinds.js';
import { listedHeaders } from '../wire/listed-headers.js';
import { nearest } from '../kinds/nearest.js';
import { type Kinds, LOCK, OPTIONS, ROUTE_OPTIONS, STORAGE } from '../kinds/option-kinds.js';
import type { IdempotencyOptions } from './options.js';

/** Taken by the module itself, beside its options. */
const IS_GLOBAL = 'isGlobal';

const GROUPS: readonly (readonly [prefix: string, names: Kinds])[] = [
  ['', OPTIONS],
  ['storage.', STORAGE],
  ['lock.', LOCK],
];

/** `options`, if they are right; throws an `IdempotencyConfigError` that names the option and the cure otherwise. */
export function checkOptions(options: IdempotencyOptions | undefined): IdempotencyOptions {
  const given: unknown = options;
  if (!options || !isObject(given))
    throw new IdempotencyConfigError(
      'IdempotencyModule was given no options: import `IdempotencyModule.forRoot()`, once, or return an object from the factory of `forRootAsync()`.',
    );
  checkNames('', options, OPTIONS);
  if (options.storage) checkNames('storage.', options.storage, STORAGE);
  if (options.lock) checkNames('lock.', options.lock, LOCK);
  listedHeaders(options.storage?.headers);
  checkBackend(options);
  const { cacheName, caches = {} } = options.storage ?? {};
  if (cacheName !== undefined && !Object.hasOwn(caches, cacheName))
    throw new IdempotencyConfigError(
      `\`storage.cacheName\` is "${cacheName}", which \`storage.caches\` does not list: ${cacheMeant(cacheName, Object.keys(caches))}`,
    );
  return options;
}

/** What was meant by the name of a cache that none of `known` has, or what to do. */
export function cacheMeant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  return `${known.length === 0 ? 'none is listed' : `known are ${known.join(', ')}`}; add it to \`storage.caches\`, or correct the name.`;
}

const ASYNC: readonly string[] = [
  'useFactory',
  'useClass',
  'useExisting',
  'inject',
  'imports',
  'provideInjectionTokensFrom',
  IS_GLOBAL,
];

/** Throws for what `forRootAsync` does not take; Nest would pass it over, and give no options. */
export function checkAsyncNames(given: object): void {
  const unknown = Object.keys(given).find((name) => !ASYNC.includes(name));
  if (unknown !== undefined)
    throw new IdempotencyConfigError(
      `\`${unknown}\` is nothing that \`forRootAsync\` takes: ${orListed(nearest(unknown, ASYNC), `known are ${ASYNC.join(', ')}; options are what its factory returns.`)}`,
    );
}

/** What a backend has no use for: it is storage and lock in one, and its lock is never off. */
function checkBackend({ backend, storage: records, lock }: IdempotencyOptions): void {
  if (!backend) return;
  if (records?.use ?? lock?.use)
    throw new IdempotencyConfigError(
      '`backend` is storage and lock in one: remove `storage.use` and `lock.use`, or remove `backend`.',
    );
  const unused = lock?.enabled === false ? 'enabled: false' : lock?.name === undefined ? undefined : 'name';
  if (unused !== undefined && !records?.caches)
    throw new IdempotencyConfigError(
      `\`lock.${unused}\` does nothing beside \`backend\`, which is storage and lock in one: remove it, or remove \`backend\`.`,
    );
}

/** The same for what a decorator was given on `place`. */
export function checkRouteOptions(place: string, options: object): void {
  checkNames('', options, ROUTE_OPTIONS, ` on ${place}`);
}

function checkNames(prefix: string, given: object, known: Kinds, where = ''): void {
  for (const [name, value] of Object.entries(given)) {
    const expected = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!expected)
      throw new IdempotencyConfigError(
        `\`${prefix}${name}\`${where} is not an option: ${orListed(where === '' ? meant(prefix, name, known) : nearest(name, Object.keys(known)), `known are ${Object.keys(known).join(', ')}.`)}`,
      );
    if (value === undefined || expected.is(value)) continue;
    const near = typeof value === 'string' ? nearest(value, expected.names ?? []) : undefined;
    throw new IdempotencyConfigError(
      `\`${prefix}${name}\`${where} must be ${expected.words}; ${near === undefined ? `it is ${describe(value)}.` : `did you mean '${near}'?`}`,
    );
  }
}

/** What was meant by `name`: a name beside it that is spelt nearly so, or the same one elsewhere. */
function meant(prefix: string, name: string, known: Kinds): string | undefined {
  const near = nearest(name, [...Object.keys(known), ...(prefix === '' ? [IS_GLOBAL] : [])]);
  if (near !== undefined) return `${prefix}${near}`;
  const group = GROUPS.find(([, names]) => names !== known && Object.hasOwn(names, name));
  return group && `${group[0]}${name}`;
}

const orListed = (near: string | undefined, otherwise: string): string =>
  near === undefined ? otherwise : `did you mean \`${near}\`?`;
