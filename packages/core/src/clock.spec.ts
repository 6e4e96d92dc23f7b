/** The system's clock: its timers fire neither early nor after they were cancelled. */
import { expect, it } from '@jest/globals';
import { LONGEST_TIMER_MS, systemClock } from './clock.js';

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

it('waits for longer than the longest timer, where Node would fire at once', async () => {
  let fired = 0;
  const cancel = systemClock.after(LONGEST_TIMER_MS + 1, () => (fired += 1));
  // Timers fire in the order of their times, so one that Node had made of 1 ms would fire before this one.
  await new Promise<void>((resolve) => {
    systemClock.after(5, resolve);
  });
  cancel();
  expect(fired).toBe(0);
});
