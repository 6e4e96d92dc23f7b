import { expect, it } from '@jest/globals';
import { inTurn } from './in-turn.js';
import type { ListenClient } from './listen-connection.js';

/** A client that notes how many questions it has at once, and fails those that are called so. */
function client(): { client: ListenClient; most: () => number } {
  let [open, most] = [0, 0];
  const query = async (text: string) => {
    most = Math.max(most, ++open);
    await new Promise((answered) => setImmediate(answered));
    open--;
    if (text === 'fails') throw new Error('failed');
    return { rows: [{ text }] };
  };
  return { client: { query } as unknown as ListenClient, most: () => most };
}

it('asks fifty questions one after another, and gives each its own answer, also behind one that failed', async () => {
  const asked = client();
  const query = inTurn(asked.client);
  const failing = query('fails');
  const answers = Promise.all(Array.from({ length: 50 }, (_, i) => query(String(i))));
  await expect(failing).rejects.toThrow('failed');
  expect((await answers).map(({ rows }) => rows[0]?.['text'])).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
  expect(asked.most()).toBe(1);
});
