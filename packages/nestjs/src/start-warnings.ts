/** What is allowed and dangerous, said once at start-up. Pure. */
import { type IdempotencyLock, type IdempotencyStorage, MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import type { IdempotencyOptions } from './options.js';

/** The leak of an application that knows its callers by cookies and does not say whose key it is. */
export const COOKIES_WITHOUT_SCOPE =
  'This application knows its callers by cookies, but keys are told apart by the `Authorization` header only: a caller that sends ' +
  'another one’s key is given that one’s answer. Give forRoot a `scope`, e.g. `scope: (request) => request.user.id`.';

/** Each names the danger and the cure. */
export function warningsOf(options: IdempotencyOptions, storage: IdempotencyStorage, lock: IdempotencyLock): string[] {
  const warnings: string[] = [];
  if (options.backend) return warnings;
  if (options.lock?.enabled === false) {
    warnings.push(
      'The lock is off (`lock.enabled: false`): duplicates that arrive while the first request runs will all run. Remove the option unless every handler can bear that.',
    );
  } else if (lock instanceof MemoryLock && sharedStorages(options, storage)) {
    warnings.push(
      'The lock is in this process only, but the storage may be shared: duplicates that reach two processes at once will both run. ' +
        'Give forRoot a `lock.use` that all processes share, e.g. a RedisLock, or run one process.',
    );
  }
  return warnings;
}

function sharedStorages(options: IdempotencyOptions, storage: IdempotencyStorage): boolean {
  const caches = Object.values(options.storage?.caches ?? {});
  const unnamed = options.storage?.cacheName === undefined ? [storage] : [];
  return [...unnamed, ...caches].some((one) => !(one instanceof MemoryStorage) && one !== MemoryStorage);
}
