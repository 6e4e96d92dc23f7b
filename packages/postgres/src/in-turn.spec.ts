/** Questions to one session: never two at once. */
import { expect, it } from '@jest/globals';
import { inTurn } from './in-turn.js';

/** Notes how many questions it has at once, and fails those that are called so. */
function asked(): { ask: (question: string) => Promise<string>; most: () => number } {
  let [open, most] = [0, 0];
  const ask = async (question: string): Promise<string> => {
    most = Math.max(most, ++open);
    await new Promise((answered) => setImmediate(answered));
    open--;
    if (question === 'fails') throw new Error('failed');
    return question;
  };
  return { ask, most: () => most };
}

it('asks fifty questions one after another, and gives each its own answer, also behind one that failed', async () => {
  const { ask, most } = asked();
  const query = inTurn(ask);
  const questions = Array.from({ length: 50 }, (_, i) => String(i));
  const failing = query('fails');
  const answers = Promise.all(questions.map((question) => query(question)));
  await expect(failing).rejects.toThrow('failed');
  expect(await answers).toEqual(questions);
  expect(most()).toBe(1);
});
