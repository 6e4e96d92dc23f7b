/** Promises of the application's own functions, which are waited for, and not for ever. */
import { systemClock } from '@nestjs-idempotency/core';
import { CallbackFailedError } from './callback-failed.js';

/** The default of `storeTimeoutMs`. */
export const STORE_TIMEOUT_MS = 5_000;

/** A body may come for as long as the server lets it. */
interface Coming {
  readonly complete?: boolean;
  readonly destroyed: boolean;
}

/** What `promised` gives. Rejects with a `CallbackFailedError` where it has not settled `ms` after `raw`, which it may have to read, has come. */
export function inTime<T>(callback: string, promised: PromiseLike<T>, ms: number, raw?: Coming): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (raw?.complete === false && !raw.destroyed) cancel = systemClock.after(ms, look);
      else reject(new CallbackFailedError(callback, new Error(`\`${callback}\` did not settle within ${ms} ms.`)));
    };
    let cancel = systemClock.after(ms, look);
    Promise.resolve(promised)
      .finally(() => {
        cancel();
      })
      .then(resolve, reject);
  });
}
