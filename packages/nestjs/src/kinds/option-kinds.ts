/** Every option of the library with the kind of its value. */
import { kinds } from '@nestjs-idempotency/core';
import { errorClass, keyHeader, status, token, unsafeMethod } from './kinds.js';
import { BACKEND_METHODS, CODEC_METHODS, ENCODER_METHODS, LOCK_METHODS, STORAGE_METHODS } from './part-checks.js';
import { group, part, provided } from './part-kinds.js';

const { bool, func, integer, isObject, kind, listOf, ms, oneOf, positiveMs, someOf, text } = kinds;

type Kinds = kinds.Kinds;

const storage = provided(STORAGE_METHODS);

/** What others call what a retry does. */
const AFTER_LAPSE = {
  rerun: 'reexecute',
  're-run': 'reexecute',
  run: 'reexecute',
  retry: 'reexecute',
  execute: 'reexecute',
  're-execute': 'reexecute',
  repeat: 'reexecute',
  fail: 'unknown',
  error: 'unknown',
  refuse: 'unknown',
  reject: 'unknown',
};

const ROUTE_SETTINGS: Kinds = {
  conflictStatus: kind('a status from 200 to 599, or null', (value) => value === null || integer(200, 599).is(value)),
  storeOnStatuses: listOf(status),
  keep: func,
  keepErrors: listOf(errorClass),
  releaseErrors: listOf(errorClass),
  keepMs: positiveMs,
  waitMs: ms,
  inFlight: oneOf(['wait', 'reject'], { block: 'wait', queue: 'wait', conflict: 'reject', error: 'reject', refuse: 'reject' }),
  preferWaitAtMostMs: ms,
  leaseMs: integer(10),
  holdAtMostMs: positiveMs,
  afterLapse: kind(
    "'reexecute', 'unknown' or { recover: a function }",
    (value) =>
      value === 'reexecute' ||
      value === 'unknown' ||
      (isObject(value) && typeof value['recover'] === 'function' && Object.keys(value).length === 1),
    { names: ['reexecute', 'unknown'], others: AFTER_LAPSE },
  ),
  transactional: bool,
  maxBodyBytes: ms,
  keyFormat: kind(
    "'uuid', a RegExp or a function",
    (value) => value === 'uuid' || value instanceof RegExp || typeof value === 'function',
    { names: ['uuid'], others: { uuidv4: 'uuid', uuidv7: 'uuid', guid: 'uuid' } },
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
    {
      cure: (value) => {
        const [name, one] = Object.entries(isObject(value) ? value : {}).find(([, given]) => !storage.is(given)) ?? [];
        const cure = storage.cure?.(one);
        return cure && `\`${name}\`: ${cure}`;
      },
    },
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
  mode: oneOf(['opt-in', 'opt-out'], { all: 'opt-out', global: 'opt-out', decorated: 'opt-in' }),
  profile: oneOf(['classic', 'ietf', 'stripe'], { django: 'classic', default: 'classic', rfc: 'ietf', standard: 'ietf' }),
  header: keyHeader,
  keySyntax: oneOf(['any', 'lenient', 'strict'], { all: 'any', none: 'any', ietf: 'lenient', rfc: 'strict' }),
  maxKeyLength: integer(1, 8_192),
  methods: someOf(unsafeMethod, "`mode: 'opt-in'` protects none by itself"),
  encoder: provided(ENCODER_METHODS),
  scope: func,
  storage: group('{ use: new RedisStorage(url) }'),
  lock: group('{ use: new RedisLock(url) }', 'lock: { enabled: false }'),
  backend: provided(BACKEND_METHODS),
  codec: part(CODEC_METHODS),
  whenUnavailable: oneOf(['reject', 'run-unprotected'], {
    refuse: 'reject',
    fail: 'reject',
    error: 'reject',
    throw: 'reject',
    run: 'run-unprotected',
    allow: 'run-unprotected',
    ignore: 'run-unprotected',
    open: 'run-unprotected',
  }),
  storeTimeoutMs: positiveMs,
  maxWaiting: ms,
  shutdownMs: ms,
  problemBaseUrl: kind('an absolute URL', (value) => typeof value === 'string' && URL.canParse(value)),
  onEvent: func,
};
