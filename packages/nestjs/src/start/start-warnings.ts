/** What is allowed and dangerous, said once at start-up. Pure. */
import { type IdempotencyLock, type IdempotencyStorage, MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import type { IdempotencyOptions } from '../settings/options.js';

const WITHOUT_NAME =
  'The store may be shared with other applications, and this one has no name in it: where two of them have a route of the same path ' +
  'and are sent the same key by the same caller, one answers for the other. Give forRoot an `application`, e.g. `application: "orders"`.';

interface Parts {
  readonly storage: IdempotencyStorage;
  readonly lock: IdempotencyLock;
}

/** Each names the danger and the cure. Where `parts` are absent, a backend is both, and tells of itself. */
export function warningsOf(options: IdempotencyOptions, parts: Parts | undefined, isOneOfSeveral: boolean): string[] {
  const warnings: string[] = [];
  const used = storages(options, parts?.storage);
  if (options.application === undefined && !(parts && used.every(isInMemory))) warnings.push(WITHOUT_NAME);
  if (isOneOfSeveral && used.some(isInMemory)) {
    warnings.push(
      'This process is one of several, but its storage is its own memory: a retry that reaches another process runs again. ' +
        'Give forRoot a store that all of them share, e.g. `backend: new RedisBackend(url)`.',
    );
  }
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

/** As far as a process can know: Node's cluster, PM2 and the platforms that say how many they start. */
export function isOneOfSeveral(isClusterWorker: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isClusterWorker || env['NODE_APP_INSTANCE'] !== undefined || Number(env['WEB_CONCURRENCY'] ?? 1) > 1;
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
