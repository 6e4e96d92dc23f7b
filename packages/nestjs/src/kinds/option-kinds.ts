/** Every option of the library with the kind of its value. */
import {
  bool,
  errorClass,
  func,
  integer,
  isObject,
  type Kind,
  keyHeader,
  kind,
  listOf,
  ms,
  oneOf,
  positiveMs,
  provided,
  someOf,
  status,
  text,
  token,
  unsafeMethod,
} from './kinds.js';
import { BACKEND_METHODS, ENCODER_METHODS, hasMethods, LOCK_METHODS, STORAGE_METHODS } from './part-checks.js';

/** Options by their names. */
export type Kinds = Readonly<Record<string, Kind>>;

const storage = provided(STORAGE_METHODS);

const ROUTE_SETTINGS: Kinds = {
  conflictStatus: kind('a status from 200 to 599, or null', (value) => value === null || integer(200, 599).is(value)),
  storeOnStatuses: listOf(status),
  keep: func,
  keepErrors: listOf(errorClass),
  releaseErrors: listOf(errorClass),
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
    ['reexecute', 'unknown'],
  ),
  transactional: bool,
  maxBodyBytes: ms,
  keyFormat: kind(
    "'uuid', a RegExp or a function",
    (value) => value === 'uuid' || value instanceof RegExp || typeof value === 'function',
    ['uuid'],
  ),
};

/** What decorators take. */
export const ROUTE_OPTIONS: Kinds = { ...ROUTE_SETTINGS, optional: bool, cacheName: text };

/** What stands under `storage`. */
export const STORAGE: Kinds = {
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

/** What stands under `lock`. */
export const LOCK: Kinds = {
  use: provided(LOCK_METHODS),
  enabled: bool,
  timeoutMs: ms,
  leaseMs: integer(10),
  holdAtMostMs: positiveMs,
  name: text,
};

/** What the module takes. */
export const OPTIONS: Kinds = {
  ...ROUTE_SETTINGS,
  application: text,
  mode: oneOf('opt-in', 'opt-out'),
  profile: oneOf('classic', 'ietf', 'stripe'),
  header: keyHeader,
  keySyntax: oneOf('any', 'lenient', 'strict'),
  maxKeyLength: integer(1, 8_192),
  methods: someOf(unsafeMethod, "`mode: 'opt-in'` protects none by itself"),
  encoder: provided(ENCODER_METHODS),
  scope: func,
  storage: kind('an object', isObject),
  lock: kind('an object', isObject),
  backend: provided(BACKEND_METHODS),
  codec: kind('an object with encode, decode', (value) => hasMethods(value, ['encode', 'decode'])),
  whenUnavailable: oneOf('reject', 'run-unprotected'),
  storeTimeoutMs: positiveMs,
  maxWaiting: ms,
  shutdownMs: ms,
  problemBaseUrl: kind('an absolute URL', (value) => typeof value === 'string' && URL.canParse(value)),
  onEvent: func,
};
