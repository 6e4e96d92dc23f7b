/** A client that orders, and writes down what it asked and was told. */
import { createHash, randomUUID } from 'node:crypto';
import { historyWriter } from '../../proof/history.js';

export interface Told {
  readonly status: number;
  readonly isReplay: boolean;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** One request. `undefined` when the connection ended before the answer. */
export type Order = (port: number, key: string) => Promise<Told | undefined>;

export function clientOf(history: string): Order {
  const write = historyWriter(history);
  return async (port, key) => {
    const id = randomUUID();
    write({ kind: 'invoke', at: Date.now(), id, key });
    let told: Told;
    try {
      const response = await fetch(`http://127.0.0.1:${port}/orders`, {
        method: 'POST',
        headers: { 'idempotency-key': key, 'content-type': 'application/json' },
        body: '{"item":"book"}',
      });
      const { status, headers } = response;
      const isReplay = headers.get('idempotency-replayed') === 'true';
      told = { status, isReplay, retryAfter: headers.get('retry-after'), body: await response.text() };
    } catch (error) {
      write({ kind: 'gone', at: Date.now(), id, key });
      if ((error as Error).name !== 'TypeError') throw error;
      return undefined;
    }
    if (told.status !== 201) write({ kind: 'refusal', at: Date.now(), id, key, status: told.status });
    else {
      const digest = createHash('sha256').update(`${told.status}\n${told.body}`).digest('hex');
      const { order } = JSON.parse(told.body) as { order: string };
      write({ kind: 'answer', at: Date.now(), id, key, value: order, digest });
    }
    return told;
  };
}
