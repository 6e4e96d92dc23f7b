/** What can be awaited. */

/** Whether `await` would wait for `value`: a promise of whatever kind and realm, or a function with a `then`, as some clients give. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayHaveThen = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return mayHaveThen && 'then' in value && typeof value.then === 'function';
}
