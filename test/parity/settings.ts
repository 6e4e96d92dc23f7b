/** From the settings of a case to the options of the module. */
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { type IdempotencyLock, type IdempotencyStorage, MemoryStorage } from '@nestjs-idempotency/core';
import { RedisLock } from '@nestjs-idempotency/redis';
import { createCache } from 'cache-manager';
import type { IdempotencyEncoder, IdempotencyOptions, LockOptions, StorageOptions } from 'nestjs-idempotency';
import type { FixtureRequest } from './fixture.js';
import type { CaseOptions, ParityCase } from './format.js';

/** The caches that routes of the fixture and settings of cases name. */
const CACHES = ['default', 'SevenDayCache', 'FiveMinuteCache'] as const;

/** One slot for every request. */
const constantEncoder: IdempotencyEncoder = { encode: () => ({ slot: '0'.repeat(64), fingerprint: 'constant' }) };

/** Keeps nothing. */
const nullStorage: IdempotencyStorage = {
  find: () => Promise.resolve(undefined),
  save: () => Promise.resolve({ kind: 'saved' }),
  replace: () => Promise.resolve(),
};

/** Cannot be read. What it is given to keep it takes. */
const unreadableStorage: IdempotencyStorage = {
  ...nullStorage,
  find: () => Promise.reject(new Error('The storage cannot be read.')),
};

/** Never acquires. */
const neverLock: IdempotencyLock = {
  acquire: () => Promise.resolve({ kind: 'held', leftMs: 60_000 }),
  renew: () => Promise.resolve('lost'),
  release: () => Promise.reject(new Error('A lock that was never acquired is never released.')),
};

const STORAGES: Readonly<Record<string, () => StorageOptions>> = {
  memory: () => ({ caches: named(() => new MemoryStorage()) }),
  'cache-manager': () => ({
    use: new CacheManagerStorage(createCache()),
    caches: named(() => new CacheManagerStorage(createCache())),
  }),
  null: () => ({ use: nullStorage, caches: named(() => nullStorage) }),
  'fails-on-retrieve': () => ({ use: unreadableStorage, caches: named(() => unreadableStorage) }),
};

const LOCKS: Readonly<Record<string, (location: string) => LockOptions>> = {
  memory: () => ({}),
  never: () => ({ use: neverLock }),
  redis: (location) => ({ use: new RedisLock(location) }),
};

const ENCODERS: Readonly<Record<string, Pick<IdempotencyOptions, 'encoder'>>> = {
  basic: {},
  constant: { encoder: constantEncoder },
};

/** Whose key it is: who names himself, and who proves who he is, in any combination. */
function callerOf({ headers }: FixtureRequest): string {
  const { 'x-user': user, authorization } = headers;
  return user === undefined && authorization === undefined ? 'anyone' : JSON.stringify([user ?? null, authorization ?? null]);
}

/** Whether a case needs a Redis that it does not name. */
export const needsRedis = ({ options: { lock } }: Pick<ParityCase, 'options'>): boolean =>
  lock?.class === 'redis' && typeof lock.location !== 'string';

/**
 * The options under which `mode` and `options` of a case are played. `redis` is the server of cases that name none.
 * Throws for what the fixture does not have.
 */
export function moduleOptions({ mode, options }: Pick<ParityCase, 'mode' | 'options'>, redis: string): IdempotencyOptions {
  known('options', options, ['conflictStatus', 'encoder', 'header', 'storage', 'lock']);
  const { conflictStatus, encoder, header, storage, lock } = options;
  return {
    mode,
    scope: callerOf,
    ...(conflictStatus !== undefined && { conflictStatus }),
    ...(typeof header === 'string' && { header }),
    ...pick('encoder', ENCODERS, encoder ?? 'basic'),
    storage: storageOptions(storage ?? {}),
    lock: lockOptions(lock ?? {}, redis),
  };
}

function storageOptions(storage: NonNullable<CaseOptions['storage']>): StorageOptions {
  known('storage', storage, ['class', 'cacheName', 'storeOnStatuses']);
  const { class: name = 'memory', cacheName, storeOnStatuses } = storage;
  return {
    ...pick('storage.class', STORAGES, String(name))(),
    ...(typeof cacheName === 'string' && { cacheName }),
    ...(storeOnStatuses && { storeOnStatuses }),
  };
}

function lockOptions(lock: NonNullable<CaseOptions['lock']>, redis: string): LockOptions {
  known('lock', lock, ['class', 'enabled', 'timeout', 'ttl', 'name', 'location']);
  const { class: name, enabled, timeout, ttl, name: lockName, location } = lock;
  return {
    ...pick('lock.class', LOCKS, name ?? 'memory')(location ?? redis),
    ...(typeof enabled === 'boolean' && { enabled }),
    ...(typeof timeout === 'number' && { timeoutMs: Math.round(timeout * 1_000) }),
    ...(typeof ttl === 'number' && { leaseMs: Math.round(ttl * 1_000) }),
    ...(typeof lockName === 'string' && { name: lockName }),
  };
}

function named(make: () => IdempotencyStorage): Readonly<Record<string, IdempotencyStorage>> {
  return Object.fromEntries(CACHES.map((name) => [name, make()]));
}

function pick<T>(setting: string, choices: Readonly<Record<string, T>>, name: string): T {
  const chosen = choices[name];
  if (chosen === undefined) throw new Error(`The fixture has no ${setting} ${JSON.stringify(name)}.`);
  return chosen;
}

function known(what: string, given: object, names: readonly string[]): void {
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`The fixture does not know ${what}: ${unknown.join(', ')}.`);
}
