/** Options are checked when the application starts: unknown names and wrong types stop it. */
import { IdempotencyConfigError } from './config-error.js';
import { listedHeaders } from './listed-headers.js';
import type { IdempotencyOptions } from './options.js';

/** What a value must be, in words, and whether it is. */
interface Kind {
  readonly words: string;
  is(value: unknown): boolean;
}

const kind = (words: string, is: (value: unknown) => boolean): Kind => ({ words, is });
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const oneOf = (...names: string[]): Kind =>
  kind(`one of ${names.map((name) => `'${name}'`).join(', ')}`, (value) => names.includes(value as string));
const integer = (least: number, most = Number.MAX_SAFE_INTEGER): Kind =>
  kind(
    `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  );
const ms = integer(0);
const positiveMs = integer(1);
const bool = kind('true or false', (value) => typeof value === 'boolean');
const func = kind('a function', (value) => typeof value === 'function');
const text = kind('a string that is not empty', (value) => typeof value === 'string' && value !== '');
const token = kind('the name of a header', (value) => typeof value === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value));
const listOf = (one: Kind): Kind =>
  kind(`a list, each of it ${one.words}`, (value) => Array.isArray(value) && value.every((item) => one.is(item)));
const provided = (...methods: string[]): Kind =>
  kind(
    `an object with ${methods.join(', ')}, or its class`,
    (value) => typeof value === 'function' || (isObject(value) && methods.every((method) => typeof value[method] === 'function')),
  );
const status = integer(100, 999);
const storage = provided('find', 'save', 'replace');

const ROUTE_SETTINGS: Readonly<Record<string, Kind>> = {
  conflictStatus: kind('a status from 200 to 599, or null', (value) => value === null || integer(200, 599).is(value)),
  storeOnStatuses: listOf(status),
  keep: func,
  keepErrors: listOf(func),
  releaseErrors: listOf(func),
  keepMs: positiveMs,
  waitMs: ms,
  inFlight: oneOf('wait', 'reject'),
  preferWaitAtMostMs: ms,
  leaseMs: integer(10),
  holdAtMostMs: positiveMs,
  afterLapse: kind(
    "'reexecute', 'unknown' or { recover: a function }",
    (value) =>
      value === 'reexecute' ||
      value === 'unknown' ||
      (isObject(value) && typeof value['recover'] === 'function' && Object.keys(value).length === 1),
  ),
  transactional: bool,
  maxBodyBytes: ms,
  keyFormat: kind(
    "'uuid', a RegExp or a function",
    (value) => value === 'uuid' || value instanceof RegExp || typeof value === 'function',
  ),
};

const ROUTE_OPTIONS: Readonly<Record<string, Kind>> = { ...ROUTE_SETTINGS, optional: bool, cacheName: text };

const STORAGE: Readonly<Record<string, Kind>> = {
  use: storage,
  caches: kind(
    `an object that names storages, each ${storage.words}`,
    (value) => isObject(value) && Object.values(value).every((one) => storage.is(one)),
  ),
  cacheName: text,
  storeOnStatuses: listOf(status),
  keepMs: positiveMs,
  maxBodyBytes: ms,
  headers: listOf(token),
};

const LOCK: Readonly<Record<string, Kind>> = {
  use: provided('acquire', 'renew', 'release'),
  enabled: bool,
  timeoutMs: ms,
  leaseMs: integer(10),
  holdAtMostMs: positiveMs,
  name: text,
};

const OPTIONS: Readonly<Record<string, Kind>> = {
  ...ROUTE_SETTINGS,
  application: text,
  mode: oneOf('opt-in', 'opt-out'),
  profile: oneOf('classic', 'ietf', 'stripe'),
  header: token,
  keySyntax: oneOf('any', 'lenient', 'strict'),
  maxKeyLength: integer(1, 8_192),
  methods: listOf(token),
  encoder: provided('encode'),
  scope: func,
  storage: kind('an object', isObject),
  lock: kind('an object', isObject),
  backend: provided('open', 'renew', 'release', 'settle', 'resettle'),
  codec: provided('encode', 'decode'),
  whenUnavailable: oneOf('reject', 'run-unprotected'),
  storeTimeoutMs: positiveMs,
  maxWaiting: ms,
  shutdownMs: ms,
  problemBaseUrl: kind('an absolute URL', (value) => typeof value === 'string' && URL.canParse(value)),
  onEvent: func,
};

/** `options`, if they are right; throws an `IdempotencyConfigError` that names the option and the cure otherwise. */
export function checkOptions(options: IdempotencyOptions): IdempotencyOptions {
  checkNames('', options, OPTIONS);
  if (options.storage) checkNames('storage.', options.storage, STORAGE);
  if (options.lock) checkNames('lock.', options.lock, LOCK);
  listedHeaders(options.storage?.headers);
  if (options.backend && (options.storage?.use ?? options.lock?.use)) {
    throw new IdempotencyConfigError(
      '`backend` is storage and lock in one: remove `storage.use` and `lock.use`, or remove `backend`.',
    );
  }
  const { cacheName, caches } = options.storage ?? {};
  if (cacheName !== undefined && !Object.hasOwn(caches ?? {}, cacheName)) {
    throw new IdempotencyConfigError(
      `\`storage.cacheName\` is "${cacheName}", which \`storage.caches\` does not list: add it, or correct the name.`,
    );
  }
  return options;
}

/** The same for what a decorator was given on `place`. */
export function checkRouteOptions(place: string, options: object): void {
  checkNames('', options, ROUTE_OPTIONS, ` on ${place}`);
}

function checkNames(prefix: string, given: object, known: Readonly<Record<string, Kind>>, where = ''): void {
  for (const [name, value] of Object.entries(given)) {
    const expected = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!expected) {
      const near = Object.keys(known).find((other) => other.toLowerCase() === name.toLowerCase());
      const cure = near ? `did you mean \`${prefix}${near}\`?` : `known are ${Object.keys(known).join(', ')}.`;
      throw new IdempotencyConfigError(`\`${prefix}${name}\`${where} is not an option: ${cure}`);
    }
    if (value !== undefined && !expected.is(value)) {
      throw new IdempotencyConfigError(`\`${prefix}${name}\`${where} must be ${expected.words}; it is ${describe(value)}.`);
    }
  }
}

/** Says what a value is without showing what might be a secret. */
function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list with something else in it' : `a ${typeof value}`;
}
