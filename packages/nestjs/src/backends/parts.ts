/** Storage, lock and backend: as the options give them, or as somebody overrides them. */
import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import {
  type IdempotencyBackend,
  type IdempotencyLock,
  type IdempotencyStorage,
  MemoryLock,
  MemoryStorage,
  noLock,
  pair,
} from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from '../config-error.js';
import { LOCK_METHODS, STORAGE_METHODS } from '../kinds/part-checks.js';
import { checkOptions } from '../settings/option-checks.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { provide } from '../settings/provide.js';
import { IDEMPOTENCY_BACKEND, IDEMPOTENCY_LOCK, IDEMPOTENCY_OPTIONS, IDEMPOTENCY_STORAGE } from '../tokens.js';
import { namedLock } from './named-lock.js';

/** Of what a pair was made, as it was given. */
export interface StorageAndLock {
  readonly storage: IdempotencyStorage;
  readonly lock: IdempotencyLock;
}

/** All that a pair calls, and what may be called of it, on its parts. */
const METHODS = [...STORAGE_METHODS, 'reserve', 'vacate', 'onDrop', ...LOCK_METHODS, 'watch'];

const pairs = new WeakMap<IdempotencyBackend, StorageAndLock>();

/** The parts of a backend that was made of two; `undefined` for one that is both. */
export function partsOf(backend: IdempotencyBackend): StorageAndLock | undefined {
  return pairs.get(backend);
}

/** Whether `backend` always answers, so that it need not be timed: each method of its parts is that of memory itself. */
export function isInMemory(backend: IdempotencyBackend): boolean {
  const parts = partsOf(backend);
  return parts !== undefined && isAsMade(parts.storage, MemoryStorage) && isAsMade(parts.lock, MemoryLock);
}

/** What extends a class of memory, or was changed later, may ask a server in any of its methods. */
function isAsMade(part: object, type: typeof MemoryStorage | typeof MemoryLock): boolean {
  const made = type.prototype as unknown as Readonly<Record<string, unknown>>;
  const given = part as Readonly<Record<string, unknown>>;
  return part instanceof type && METHODS.every((name) => given[name] === made[name]);
}

/** Storage and lock as one, the lock as the options ask for it. */
export function paired(
  storage: IdempotencyStorage,
  lock: IdempotencyLock,
  { lock: options }: IdempotencyOptions,
): IdempotencyBackend {
  const named = options?.name === undefined ? lock : namedLock(lock, options.name);
  const backend = pair(storage, options?.enabled === false ? noLock : named);
  pairs.set(backend, { storage, lock });
  return backend;
}

const askTheBackend = (): Promise<never> =>
  Promise.reject(
    new IdempotencyConfigError(
      'The `backend` of this application is storage and lock in one: inject IDEMPOTENCY_BACKEND instead of IDEMPOTENCY_STORAGE or IDEMPOTENCY_LOCK.',
    ),
  );

/** Stands for the storage and the lock of an application whose backend is both. */
export const inBackend: IdempotencyStorage & IdempotencyLock = {
  find: askTheBackend,
  save: askTheBackend,
  replace: askTheBackend,
  acquire: askTheBackend,
  renew: askTheBackend,
  release: askTheBackend,
};

async function backendOf(
  options: IdempotencyOptions,
  storage: IdempotencyStorage,
  lock: IdempotencyLock,
  modules: ModuleRef,
): Promise<IdempotencyBackend> {
  if (!options.backend) return paired(storage, lock, options);
  const overridden = { storage: storage !== inBackend, lock: lock !== inBackend };
  if (overridden.storage && overridden.lock) return paired(storage, lock, options);
  if (!overridden.storage && !overridden.lock) return provide(modules, options.backend);
  const [given, missing] = overridden.storage ? ['STORAGE', 'LOCK'] : ['LOCK', 'STORAGE'];
  throw new IdempotencyConfigError(
    `IDEMPOTENCY_${given} is overridden, but the \`backend\` of this application is storage and lock in one: ` +
      `override IDEMPOTENCY_${missing} as well, or IDEMPOTENCY_BACKEND in the place of both.`,
  );
}

/** `IDEMPOTENCY_OPTIONS` checked once more, as somebody may have overridden them; whatever is made by them asks for these. */
export const CHECKED_OPTIONS = Symbol.for('nestjs-idempotency:checked-options');

export const PARTS: readonly Provider[] = [
  { provide: CHECKED_OPTIONS, useFactory: checkOptions, inject: [IDEMPOTENCY_OPTIONS] },
  {
    provide: IDEMPOTENCY_STORAGE,
    useFactory: ({ backend, storage: { cacheName, caches, use } = {} }: IdempotencyOptions, modules: ModuleRef) => {
      const chosen = cacheName === undefined ? use : caches?.[cacheName];
      return backend ? inBackend : provide<IdempotencyStorage>(modules, chosen ?? new MemoryStorage());
    },
    inject: [CHECKED_OPTIONS, ModuleRef],
  },
  {
    provide: IDEMPOTENCY_LOCK,
    useFactory: ({ backend, lock }: IdempotencyOptions, modules: ModuleRef) =>
      backend ? inBackend : provide<IdempotencyLock>(modules, lock?.use ?? new MemoryLock()),
    inject: [CHECKED_OPTIONS, ModuleRef],
  },
  {
    provide: IDEMPOTENCY_BACKEND,
    useFactory: backendOf,
    inject: [CHECKED_OPTIONS, IDEMPOTENCY_STORAGE, IDEMPOTENCY_LOCK, ModuleRef],
  },
];
