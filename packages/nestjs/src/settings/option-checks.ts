/** Options are checked when the application starts: unknown names and wrong types stop it. */
import { kinds } from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from '../config-error.js';
import { listedHeaders } from '../wire/listed-headers.js';
import { LOCK, OPTIONS, ROUTE_OPTIONS, STORAGE } from '../kinds/option-kinds.js';
import type { IdempotencyOptions } from './options.js';
import { IS_GLOBAL, wrongRoot } from './root-checks.js';

const { nearest, wrongIn } = kinds;

type Kinds = kinds.Kinds;

const GROUPS: readonly (readonly [prefix: string, names: Kinds])[] = [
  ['', OPTIONS],
  ['storage.', STORAGE],
  ['lock.', LOCK],
];

/** `options`, if they are right; throws an `IdempotencyConfigError` that names the option and the cure otherwise. */
export function checkOptions(options: IdempotencyOptions | undefined): IdempotencyOptions {
  const wrong = wrongRoot(options);
  if (wrong !== undefined || !options)
    throw new IdempotencyConfigError(
      'IdempotencyModule was given no options: import `IdempotencyModule.forRoot()`, once, or return an object from the factory of ' +
        `\`forRootAsync()\`${wrong === undefined ? '' : `; it was given ${wrong}`}.`,
    );
  if (IS_GLOBAL in options)
    throw new IdempotencyConfigError(
      `\`${IS_GLOBAL}\` stands beside \`useFactory\` in \`forRootAsync\`, or in \`forRoot\`: what a factory returns comes too late for it.`,
    );
  checkNames('', options, OPTIONS);
  if (options.storage) checkNames('storage.', options.storage, STORAGE);
  if (options.lock) checkNames('lock.', options.lock, LOCK);
  listedHeaders(options.storage?.headers);
  checkBackend(options);
  checkTwice(options);
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

/** What can be said at two places. */
const TWICE: readonly (readonly [short: keyof IdempotencyOptions, group: 'storage' | 'lock', name: string])[] = [
  ['storeOnStatuses', 'storage', 'storeOnStatuses'],
  ['keepMs', 'storage', 'keepMs'],
  ['maxBodyBytes', 'storage', 'maxBodyBytes'],
  ['waitMs', 'lock', 'timeoutMs'],
  ['leaseMs', 'lock', 'leaseMs'],
  ['holdAtMostMs', 'lock', 'holdAtMostMs'],
];

/** One of two would be passed over. */
function checkTwice(options: IdempotencyOptions): void {
  for (const [short, group, name] of TWICE) {
    const [one, other] = [options[short], (options[group] as Readonly<Record<string, unknown>> | undefined)?.[name]];
    if (one === undefined || other === undefined || JSON.stringify(one) === JSON.stringify(other)) continue;
    throw new IdempotencyConfigError(
      `\`${short}\` and \`${group}.${name}\` are one option, and were given two values: remove one of them.`,
    );
  }
}

/** The same for what a decorator was given on `place`. */
export function checkRouteOptions(place: string, options: object): void {
  refuse(wrongIn(options, ROUTE_OPTIONS, { where: ` on ${place}` }));
}

function checkNames(prefix: string, given: object, known: Kinds): void {
  refuse(wrongIn(given, known, { prefix, meant: (name) => meant(prefix, name, known) }));
}

function refuse(wrong: string | undefined): void {
  if (wrong !== undefined) throw new IdempotencyConfigError(wrong);
}

/** What was meant by `name`: a name beside it that is spelt nearly so, or the same one elsewhere. */
function meant(prefix: string, name: string, known: Kinds): string | undefined {
  const near = nearest(name, [...Object.keys(known), ...(prefix === '' ? [IS_GLOBAL] : [])]);
  if (near !== undefined) return `${prefix}${near}`;
  const group = GROUPS.find(([, names]) => names !== known && Object.hasOwn(names, name));
  return group && `${group[0]}${name}`;
}
