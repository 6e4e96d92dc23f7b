/**
 * Tells what a handler that answers by itself has written from what somebody else has. Only such handlers run in an async scope of
 * their own: on Node before 24 the first scope of a process makes every promise in it slower.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

let scopes: AsyncLocalStorage<object> | undefined;

/** Runs `work` so that `isWithin(owner)` is true in all that it starts. */
export function within<T>(owner: object, work: () => T): T {
  return (scopes ??= new AsyncLocalStorage()).run(owner, work);
}

/** Whether this code was started by `owner`. False also where the scope was lost on the way, as in some pools of connections. */
export function isWithin(owner: object): boolean {
  return scopes?.getStore() === owner;
}
