/** A short fuzz run with every change; `npm run fuzz` does a long one. */
import { fuzz } from './run.js';

it('answers 1,000 odd requests over raw sockets below 500, and leaves no key stuck', async () => {
  const report = await fuzz(1_000, 20_251_015);
  expect(report.findings).toEqual([]);
  expect([report.stuck, report.stuckKeys]).toEqual([0, 0]);
  expect(report.sent).toBe(1_000);
  // That many paths were reached: a run that is refused at the door proves nothing.
  expect(Object.keys(report.statuses)).toEqual(expect.arrayContaining(['200', '201', '400', '409', '422']));
}, 120_000);
