/** Any storage beside any lock. */
import { ManualClock } from '../test/manual-clock.js';
import { MemoryLock } from './memory/lock.js';
import { MemoryStorage } from './memory/storage.js';
import { noLock, pair } from './pair.js';
import type { IdempotencyLock, IdempotencyStorage } from './ports.js';

const lease = { slot: 'slot', fingerprint: 'asked', token: 'mine' };
const other = { ...lease, token: 'other' };
const down = new Error('down');

describe('a pair', () => {
  it('holds no lease after a look that failed behind the claim, so that the key can be used as soon as the storage is back', async () => {
    const storage = new MemoryStorage();
    const lock = new MemoryLock();
    let looks = 0;
    const failing = storageWith(storage, { find: () => (++looks === 2 ? Promise.reject(down) : storage.find('slot')) });
    await expect(pair(failing, lock).open(lease, 1_000, 1_000)).rejects.toBe(down);
    expect(await pair(storage, lock).open(other, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });

  it('leaves a second attempt to lapse after a look that failed, so that the next one is told of the first', async () => {
    const storage = new MemoryStorage();
    const lock = new MemoryLock();
    await lock.acquire(lease, 0, 60_000);
    let looks = 0;
    const failing = storageWith(storage, { find: () => (++looks === 2 ? Promise.reject(down) : storage.find('slot')) });
    await expect(pair(failing, lock).open(other, 0, 60_000)).rejects.toBe(down);
    const next = { ...lease, token: 'next' };
    expect(await pair(storage, lock).open(next, 1_000, 60_000)).toEqual({ claim: { kind: 'won', attempt: 3 } });
  });

  it('looks again behind the claim: who held the slot before may have saved since the first look', async () => {
    const storage = new MemoryStorage();
    const lock = new MemoryLock();
    const record = Buffer.from('kept');
    const saving = lockWith(lock, {
      acquire: async (asked, leaseMs, traceMs) => {
        await storage.save('slot', record, 1_000);
        return lock.acquire(asked, leaseMs, traceMs);
      },
    });
    expect(await pair(storage, saving).open(lease, 1_000, 1_000)).toEqual({ record });
    expect(await lock.acquire(other, 1_000, 1_000)).toEqual({ kind: 'won', attempt: 1 });
  });

  it('tells what the slot holds also when it cannot release: the client must hear the record that was first', async () => {
    const storage = new MemoryStorage();
    const record = Buffer.from('first');
    await storage.save('slot', record, 1_000);
    const stuck = lockWith(new MemoryLock(), { release: () => Promise.reject(down) });
    expect(await pair(storage, stuck).settle(lease, Buffer.from('second'), 1_000)).toEqual({ kind: 'taken', record });
    await expect(pair(new MemoryStorage(), stuck).settle(lease, record, 1_000)).rejects.toBe(down);
  });

  it('lets nobody take the slot while a record is put in the place of another, though the lease had lapsed', async () => {
    const clock = new ManualClock();
    const storage = new MemoryStorage({ clock });
    const lock = new MemoryLock({ clock });
    const claims: string[] = [];
    const slow = storageWith(storage, {
      replace: async (slot, record, keepMs) => {
        claims.push((await lock.acquire(other, 1_000, 1_000)).kind);
        return storage.replace(slot, record, keepMs);
      },
    });
    await lock.acquire(lease, 100, 1_000);
    clock.stop(100);
    expect(await pair(slow, lock).resettle(lease, Buffer.from('late'), 1_000)).toEqual({ kind: 'saved' });
    expect(claims).toEqual(['held']);
    expect(await lock.acquire(other, 1_000, 1_000)).toEqual({ kind: 'won', attempt: 1 });
  });

  it('asks no lock for a replay', async () => {
    const storage = new MemoryStorage();
    const record = Buffer.from('kept');
    await storage.save('slot', record, 1_000);
    const never = lockWith(new MemoryLock(), { acquire: () => Promise.reject(down) });
    expect(await pair(storage, never).open(lease, 1_000, 1_000)).toEqual({ record });
  });

  it('looks no second time for who did not win', async () => {
    const storage = new MemoryStorage();
    const lock = new MemoryLock();
    await lock.acquire(other, 1_000, 1_000);
    let looks = 0;
    const counting = storageWith(storage, { find: (slot) => (looks++, storage.find(slot)) });
    expect(await pair(counting, lock).open(lease, 1_000, 1_000)).toMatchObject({ claim: { kind: 'held' } });
    expect(looks).toBe(1);
  });
});

describe('a pair whose storage has room for one more only', () => {
  const full = (clock = new ManualClock()) => {
    const storage = new MemoryStorage({ clock, maxRecords: 1 });
    const lock = new MemoryLock({ clock });
    return { clock, storage, backend: pair(storage, lock) };
  };
  const elsewhere = { slot: 'elsewhere', fingerprint: 'asked', token: 'elsewhere' };

  it('asks nobody for a slot without room, not even in manual mode, until the one that runs has given up', async () => {
    const { backend } = full();
    expect(await backend.open(lease, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    expect(await backend.open(elsewhere, 1_000, 1_000)).toEqual({ isFull: true });
    expect(await backend.open(elsewhere, 1_000, 1_000, true)).toEqual({ isFull: true });
    await backend.release(lease);
    expect(await backend.open(elsewhere, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });

  it('lets one of 50 slots win at once', async () => {
    const { backend } = full();
    const slots = Array.from({ length: 50 }, (_, i) => ({ ...elsewhere, slot: `slot ${i}` }));
    const opened = await Promise.all(slots.map((one) => backend.open(one, 1_000, 1_000)));
    expect(opened.filter(({ claim }) => claim?.kind === 'won')).toHaveLength(1);
    expect(opened.filter(({ isFull }) => isFull)).toHaveLength(49);
  });

  it('tells duplicates of the one that runs that it does, and replays and replaces what it kept', async () => {
    const { backend, storage } = full();
    await backend.open(lease, 1_000, 1_000);
    expect(await backend.open(other, 1_000, 1_000)).toMatchObject({ claim: { kind: 'held' } });
    const record = Buffer.from('kept');
    expect(await backend.settle(lease, record, 1_000)).toEqual({ kind: 'saved' });
    expect(await backend.open(other, 1_000, 1_000)).toEqual({ record });
    expect(await backend.open(other, 1_000, 1_000, true)).toEqual({ record, claim: { kind: 'won', attempt: 1 } });
    expect(await backend.resettle(other, Buffer.from('second'), 1_000)).toEqual({ kind: 'saved' });
    expect(storage.size).toBe(1);
  });

  it('holds the place for as long as the lease is renewed, and no longer', async () => {
    const { backend, clock } = full();
    await backend.open(lease, 300, 0);
    for (let renewals = 0; renewals < 5; renewals++) {
      clock.stop(200);
      expect(await backend.renew(lease, 300)).toBe('kept');
      expect(await backend.open(elsewhere, 300, 0)).toEqual({ isFull: true });
    }
    clock.stop(300);
    expect(await backend.open(elsewhere, 300, 0)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });

  it('has none to ask where the storage has no bound', async () => {
    const full = new MemoryStorage({ maxRecords: 1 });
    await full.save('other', Buffer.from('answer'), 1_000);
    const { onDrop, ...backend } = pair(storageWith(full, {}), new MemoryLock());
    expect(onDrop).toBeUndefined();
    expect(await backend.open(lease, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    await backend.renew(lease, 1_000);
    await backend.release(lease);
  });
});

it('no lock lets everybody in, for as long as they like', async () => {
  await expect(noLock.acquire(lease, 1, 1)).resolves.toEqual({ kind: 'won', attempt: 1 });
  await expect(noLock.renew(lease, 1)).resolves.toBe('kept');
  await expect(noLock.release(lease)).resolves.toBeUndefined();
});

/** Storage and lock with some of their methods exchanged. */
const storageWith = (storage: MemoryStorage, other: Partial<IdempotencyStorage>): IdempotencyStorage => ({
  find: (slot) => storage.find(slot),
  save: (slot, record, keepMs) => storage.save(slot, record, keepMs),
  replace: (slot, record, keepMs) => storage.replace(slot, record, keepMs),
  ...other,
});
const lockWith = (lock: MemoryLock, other: Partial<IdempotencyLock>): IdempotencyLock => ({
  acquire: (asked, leaseMs, traceMs) => lock.acquire(asked, leaseMs, traceMs),
  renew: (held, leaseMs) => lock.renew(held, leaseMs),
  release: (held) => lock.release(held),
  ...other,
});
