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

it('forgets leases and lapses when it is cleared, and wakes who waits', async () => {
  const lock = new MemoryLock();
  const lease = { slot: 's', fingerprint: 'f', token: 'one' };
  await lock.acquire(lease, 60_000, 60_000);
  const watch = lock.watch('s');
  lock.clear();
  await watch.woken;
  watch.close();
  expect(await lock.renew(lease, 60_000)).toBe('lost');
  expect(await lock.acquire({ ...lease, token: 'two' }, 60_000, 60_000)).toEqual({ kind: 'won', attempt: 1 });
});
