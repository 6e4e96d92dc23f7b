/** Turns at a slot: what is queued for one slot of one store runs one after another in this process, for all copies of this package. */
import { shared } from '@nestjs-idempotency/core';

const queues = shared('cache-manager:queues', () => new WeakMap<object, Map<string, Promise<unknown>>>());

/** Runs `work` when everything queued before it for `slot` of `store` has settled, also by other storages over the same store. */
export function inTurn<T>(store: object, slot: string, work: () => Promise<T>): Promise<T> {
  let queue = queues.get(store);
  if (queue === undefined) queues.set(store, (queue = new Map<string, Promise<unknown>>()));
  const slots = queue;
  const turn = (slots.get(slot) ?? Promise.resolve()).then(work);
  const settled: Promise<void> = turn.then(forget, forget);
  slots.set(slot, settled);
  return turn;

  function forget(): void {
    if (slots.get(slot) === settled) slots.delete(slot);
  }
}
