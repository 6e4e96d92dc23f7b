/** The clients: first requests, retries, duplicates at once, other bodies under the same key, and connections that break. */
import { randomUUID } from 'node:crypto';

/** What the clients heard, by kind. */
export type Tally = Record<'first' | 'replay' | 'mismatch' | 'refused' | 'gone' | 'differing', number>;

const pick = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T;

/** One client after another until `isOver`; `tally` counts. Rejects only for what no client should ever see. */
export async function client(url: string, tally: Tally, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const key = randomUUID();
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
    if (told.size > 1) tally.differing++;
  }
}
