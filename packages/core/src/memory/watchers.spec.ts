/** Who waits for which slot in one process. */
import { expect, it } from '@jest/globals';
import { Watchers } from './watchers.js';

it('wakes everybody at once, whatever they wait for', async () => {
  const watchers = new Watchers();
  const watches = ['a', 'a', 'b'].map((slot) => watchers.watch(slot));
  watchers.wakeAll();
  await expect(Promise.all(watches.map(({ woken }) => woken))).resolves.toHaveLength(3);
});

it('holds a slot as long as somebody watches it, and a second close changes nothing', () => {
  const watchers = new Watchers();
  const [first, second] = [watchers.watch('a'), watchers.watch('a')];
  expect(watchers.size).toBe(1);
  first.close();
  expect(watchers.size).toBe(1);
  second.close();
  second.close();
  expect(watchers.size).toBe(0);
});
