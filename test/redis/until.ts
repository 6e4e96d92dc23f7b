/** Waiting for a condition instead of for a time. */
import { setTimeout as pause } from 'node:timers/promises';

/** What `look` comes to as soon as it is something. Throws after `withinMs`. */
export async function until<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 10_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`It did not come to be so within ${withinMs} ms.`);
    await pause(10);
  }
}
