/** Which applications of this process use a store: one that ends leaves alone what another still uses. */
import { type Lifecycle, shared } from '@nestjs-idempotency/core';

interface Use {
  readonly users: Set<object>;
  /** The end that goes on, or went on last. Never rejects. */
  ended: Promise<void>;
}

const uses = shared('uses', () => new WeakMap<object, Use>());

/** An end that takes longer is not waited for: it may never be over. */
const LONGEST_END_MS = 10_000;

/**
 * `user` uses `part` from now on. Settles when an end of `part` that goes on is over, as what was opened before it would be closed by it;
 * after ten seconds at the latest.
 */
export function enter(part: Lifecycle, user: object): Promise<void> {
  let use = uses.get(part);
  if (!use) uses.set(part, (use = { users: new Set(), ended: Promise.resolve() }));
  use.users.add(user);
  return inTime(use.ended);
}

/** `user` uses `part` no more, which is closed where that was the last one. A second time does nothing. */
export async function leave(part: Lifecycle, user: object): Promise<void> {
  const use = uses.get(part);
  if (use?.users.delete(user) !== true || use.users.size > 0) return;
  // After an end that goes on already: two of them at once are nobody's promise.
  const closed = use.ended.then(() => part.close?.());
  // Whoever ends it is told what it came to.
  use.ended = closed.catch(() => undefined);
  await closed;
}

async function inTime(ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  // Not by a timer that lets the process end in the middle of a start.
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LONGEST_END_MS);
  });
  await Promise.race([ended, late]);
  clearTimeout(timer);
}
