/** What can be awaited. */

/** Whether `value` is a promise, of whatever kind and realm. Functions with a `then` are not taken for one, as nothing of Nest gives such. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
