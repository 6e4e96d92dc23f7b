/** Which applications of this process use a store: one that ends leaves alone what another still uses. */
import { shared } from '@nestjs-idempotency/core';

const users = shared('users', () => new WeakMap<object, Set<object>>());

/** `user` uses `part` from now on. */
export function enter(part: object, user: object): void {
  users.set(part, (users.get(part) ?? new Set()).add(user));
}

/** `user` uses `part` no more. Says whether it was the last that did; a second time it was not. */
export function leave(part: object, user: object): boolean {
  const all = users.get(part);
  return all?.delete(user) === true && all.size === 0;
}
