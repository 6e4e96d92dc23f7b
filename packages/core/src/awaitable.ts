/** What may be there at once: to wait for it all the same costs each request a turn of the process's queue. */

/** What is there at once, or when somebody has answered. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Whether `await` would wait for `given`: a promise of whatever kind and realm, or a function with a `then`, as some clients give. */
export function isThenable<T>(given: Awaitable<T>): given is PromiseLike<T> {
  const mayHaveThen = (typeof given === 'object' && given !== null) || typeof given === 'function';
  // Read, as to ask whether it is there is slow where many kinds of objects come by.
  return mayHaveThen && typeof (given as Partial<PromiseLike<T>>).then === 'function';
}
