/** The clients: first requests, retries, duplicates at once, other bodies under the same key, and connections that break. */
import { randomUUID } from 'node:crypto';

/** What the clients heard, by kind; and of how many keys the answers were held against each other, and how many of them differed. */
export type Tally = Record<'first' | 'replay' | 'mismatch' | 'refused' | 'gone' | 'judged' | 'differing', number>;

const pick = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T;

/**
 * One client after another until `isOver`; `tally` counts. Rejects only for what no client should ever see. A key is one order for `heldMs`,
 * whatever fails: the record is kept so long, and where none could be saved the lease stands. On a busy machine a client may take longer,
 * and its last request, which is another order, may be the first of its key again.
 */
export async function client(url: string, tally: Tally, heldMs: number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const key = randomUUID();
    const began = performance.now();
    const order = JSON.stringify({ pauseMs: pick([0, 0, 0, 5, 30]), size: pick([10, 1_000, 10_000]) });
    const told = new Set<string>();
    const send = async (body: string, signal?: AbortSignal) => {
      try {
        const response = await fetch(`${url}/orders`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': `"${key}"` },
          body,
          ...(signal && { signal }),
        });
        const text = await response.text();
        if (response.status === 201) {
          told.add(text);
          tally[response.headers.has('idempotency-replayed') ? 'replay' : 'first']++;
        } else if (response.status === 422) tally.mismatch++;
        else if (response.status === 409 || response.status === 503) tally.refused++;
        else throw new Error(`An answer nobody should hear: ${response.status} ${text}`);
      } catch (error) {
        if (!signal?.aborted) throw error;
        tally.gone++;
      }
    };
    await pick([
      async () => send(order),
      async () => Promise.all(Array.from({ length: 5 }, () => send(order))),
      async () => send(order, AbortSignal.timeout(3)),
    ])();
    for (let retry = 0; retry < 3; retry++) await send(order);
    await send('{"pauseMs":0,"size":1}');
    if (performance.now() - began >= heldMs) continue;
    tally.judged++;
    if (told.size > 1) tally.differing++;
  }
}
