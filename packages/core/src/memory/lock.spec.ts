/** The memory lock at the very end of a lease. All else that it promises is in test/contract. */
import { ManualClock } from '../../test/manual-clock.js';
import { MemoryLock } from './lock.js';

it('holds to the last moment of a lease, and not longer', async () => {
  const clock = new ManualClock();
  const lock = new MemoryLock({ clock });
  const ask = (token: string) => lock.acquire({ slot: 'slot', fingerprint: 'asked', token }, 100, 1_000);
  await ask('holder');
  clock.stop(99);
  expect(await ask('early')).toEqual({ kind: 'held', fingerprint: 'asked', leftMs: 1 });
  clock.stop(1);
  expect(await ask('next')).toEqual({ kind: 'won', attempt: 2 });
});
