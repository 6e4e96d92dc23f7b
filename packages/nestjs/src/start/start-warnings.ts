/** What is allowed and dangerous, said once at start-up. Pure. */
import { type IdempotencyLock, type IdempotencyStorage, MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import type { IdempotencyOptions } from '../settings/options.js';

const WITHOUT_NAME =
  'The store may be shared with other applications, and this one has no name in it: where two of them have a route of the same path ' +
  'and are sent the same key by the same caller, one answers for the other. Give forRoot an `application`, e.g. `application: "orders"`.';

const SEVERAL_MEMORIES =
  'This process is one of several, but its storage is its own memory: a retry that reaches another process runs again. ' +
  'Give forRoot a store that all of them share, e.g. `backend: new RedisBackend(url)`.';

const MEMORY_IN_PRODUCTION =
  'This is production, but all answers are in the memory of this process: they end with it, and a retry that comes after a restart or ' +
  'a deployment runs again. Give forRoot a store that outlives it, e.g. `backend: new RedisBackend(url)`.';

const TOKEN_AS_SCOPE =
  'This is production without a `scope`: callers are told apart by the `Authorization` header only, and one whose token is renewed ' +
  'between two tries is another caller, so that its retry runs again. Give forRoot a `scope`, e.g. `scope: (request) => request.user.id`; ' +
  'where credentials never change, `scope: (request) => request.headers.authorization`.';

interface Parts {
  readonly storage: IdempotencyStorage;
  readonly lock: IdempotencyLock;
}

/** What a process can know of where it runs. */
export interface Surroundings {
  readonly isOneOfSeveral: boolean;
  readonly isProduction: boolean;
}

/** Each names the danger and the cure. Where `parts` are absent, a backend is both, and tells of itself. */
export function warningsOf(options: IdempotencyOptions, parts: Parts | undefined, surroundings: Surroundings): string[] {
  const warnings: string[] = [];
  const used = storages(options, parts?.storage);
  const onlyMemory = parts !== undefined && used.every(isInMemory);
  if (options.application === undefined && !onlyMemory) warnings.push(WITHOUT_NAME);
  // One of the two is enough: their cure is the same.
  if (surroundings.isOneOfSeveral && used.some(isInMemory)) warnings.push(SEVERAL_MEMORIES);
  else if (surroundings.isProduction && onlyMemory) warnings.push(MEMORY_IN_PRODUCTION);
  // Elsewhere it would be noise: a first try on a developer's machine has no callers yet.
  if (surroundings.isProduction && options.scope === undefined) warnings.push(TOKEN_AS_SCOPE);
  if (options.lock?.enabled === false) {
    warnings.push(
      'The lock is off (`lock.enabled: false`): duplicates that arrive while the first request runs will all run. Remove the option unless every handler can bear that.',
    );
  } else if ((!parts || parts.lock instanceof MemoryLock) && !used.every(isInMemory)) {
    warnings.push(
      'The lock is in this process only, but the storage may be shared: duplicates that reach two processes at once will both run. ' +
        'Give forRoot a `lock.use` that all processes share, e.g. a RedisLock, or run one process.',
    );
  }
  if ((options.storeOnStatuses ?? options.storage?.storeOnStatuses)?.length === 0) {
    warnings.push(
      'No answer is kept (`storeOnStatuses: []`): a retry that comes after the first answer runs again. List the statuses to keep, or remove the option.',
    );
  }
  return warnings;
}

/** As far as a process can know: Node's cluster, PM2 and the platforms that say how many they start; and what `NODE_ENV` says. */
export function surroundingsOf(isClusterWorker: boolean, env: Readonly<Record<string, string | undefined>>): Surroundings {
  return {
    isOneOfSeveral: isClusterWorker || env['NODE_APP_INSTANCE'] !== undefined || Number(env['WEB_CONCURRENCY'] ?? 1) > 1,
    isProduction: env['NODE_ENV'] === 'production',
  };
}

/** The storages that routes can come to use. */
function storages(options: IdempotencyOptions, unnamed: IdempotencyStorage | undefined): unknown[] {
  const caches = Object.values(options.storage?.caches ?? {});
  return options.storage?.cacheName === undefined && unnamed ? [unnamed, ...caches] : caches;
}

function isInMemory(storage: unknown): boolean {
  const made = typeof storage === 'function' ? (storage.prototype as unknown) : storage;
  return made instanceof MemoryStorage;
}
