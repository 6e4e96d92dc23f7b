/** The clock of the system. */
import { expect, it } from '@jest/globals';
import { systemClock } from './clock.js';

it('runs what is due, in the order in which it is due, and not what was cancelled', async () => {
  const ran: string[] = [];
  const cancel = systemClock.after(1, () => ran.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => {
    systemClock.after(20, resolve);
    systemClock.after(5, () => ran.push('due'));
  });
  expect(ran).toEqual(['due']);
});
