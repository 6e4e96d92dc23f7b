/** The bounds of the reference storage. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/manual-clock.js';
import { MemoryStorage } from './storage.js';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

let clock: ManualClock;
let storage: MemoryStorage;
const held = async (...slots: string[]): Promise<boolean[]> =>
  Promise.all(slots.map(async (slot) => (await storage.find(slot)) !== undefined));

describe('a memory storage at its bound', () => {
  beforeEach(() => {
    clock = new ManualClock();
    storage = new MemoryStorage({ clock, maxRecords: 2, maxBytes: 10 });
  });

  it('has no room for a new slot, and drops nothing', async () => {
    await storage.save('a', bytes(1), 1_000);
    await storage.save('b', bytes(1), 1_000);
    expect(storage.reserve('c', 100)).toBe(false);
    expect(await held('a', 'b')).toEqual([true, true]);
  });

  it('counts those that run, for as long as they hold a place, and has room for them whatever comes', async () => {
    expect([storage.reserve('a', 100), storage.reserve('b', 100), storage.reserve('c', 100)]).toEqual([true, true, false]);
    expect(storage.reserve('b', 300)).toBe(true);
    await clock.pass(100);
    expect([storage.reserve('c', 300), storage.reserve('d', 100)]).toEqual([true, false]);
    await storage.save('b', bytes(1), 1_000);
    await storage.save('c', bytes(1), 1_000);
    expect(await held('b', 'c')).toEqual([true, true]);
    expect(storage.reserve('a', 100)).toBe(false);
  });

  it('never holds more records than it has places, however they come and go', async () => {
    for (let slot = 0; slot < 1_000; slot++) {
      if (storage.reserve(String(slot), 100) && slot % 3 > 0) await storage.save(String(slot), bytes(1), 200);
      expect(storage.size).toBeLessThanOrEqual(2);
      clock.stop(7);
    }
    expect(storage.size).toBeGreaterThan(0);
  });

  it('has room again when a place is given back, and takes nothing away from a slot with a record', async () => {
    await storage.save('a', bytes(1), 1_000);
    storage.reserve('b', 100);
    storage.vacate('a');
    expect(storage.reserve('c', 100)).toBe(false);
    storage.vacate('b');
    expect(storage.reserve('c', 100)).toBe(true);
    expect(await held('a')).toEqual([true]);
  });

  it('has room for what holds a record, and when records have ended, though nobody swept them yet', async () => {
    await storage.save('a', bytes(5), 1_000);
    await storage.save('b', bytes(5), 1_000);
    expect(storage.reserve('a', 100)).toBe(true);
    clock.stop(1_000);
    expect([storage.reserve('c', 100), storage.reserve('d', 100), storage.reserve('e', 100)]).toEqual([true, true, false]);
  });

  it('has no room for a new slot when its bytes are used up, and keeps what runs all the same', async () => {
    storage = new MemoryStorage({ clock, maxBytes: 10 });
    expect(storage.reserve('b', 100)).toBe(true);
    await storage.save('a', bytes(10), 1_000);
    expect([storage.reserve('b', 100), storage.reserve('c', 100)]).toEqual([true, false]);
    await storage.save('b', bytes(10), 1_000);
    expect(await held('a', 'b')).toEqual([true, true]);
  });

  it('keeps what comes after its place was given to another: what has happened is kept', async () => {
    await storage.save('a', bytes(1), 1_000);
    await storage.save('b', bytes(1), 1_000);
    await storage.save('late', bytes(1), 1_000);
    expect(await held('a', 'b', 'late')).toEqual([true, true, true]);
  });
});

describe('a memory storage of two records that drops the oldest', () => {
  let dropped: string[];
  beforeEach(() => {
    clock = new ManualClock();
    dropped = [];
    storage = new MemoryStorage({ clock, maxRecords: 2, whenFull: 'drop-oldest' });
    storage.onDrop((slot) => dropped.push(slot));
  });

  it('has room for everybody, and tells of each record that it drops', async () => {
    for (const slot of ['a', 'b', 'c', 'd']) {
      expect(storage.reserve(slot, 100)).toBe(true);
      await storage.save(slot, bytes(1), 1_000);
    }
    expect(dropped).toEqual(['a', 'b']);
  });

  it('tells nobody who ended it, and goes on telling the others', async () => {
    const others: string[] = [];
    const end = storage.onDrop((slot) => others.push(slot));
    for (const slot of ['a', 'b', 'c']) await storage.save(slot, bytes(1), 1_000);
    end();
    await storage.save('d', bytes(1), 1_000);
    expect([others, dropped]).toEqual([['a'], ['a', 'b']]);
  });

  it('drops none, and tells of none, that is there only because nobody swept it yet', async () => {
    await storage.save('long', bytes(1), 9_000);
    await storage.save('short', bytes(1), 1_000);
    clock.stop(1_000);
    await storage.save('next', bytes(1), 9_000);
    expect(await held('long', 'next')).toEqual([true, true]);
    expect(dropped).toEqual([]);
  });

  it('holds two, and drops the oldest for a third', async () => {
    await storage.save('a', bytes(1), 1_000);
    await storage.save('b', bytes(1), 1_000);
    expect(await held('a', 'b')).toEqual([true, true]);
    await storage.save('c', bytes(1), 1_000);
    expect(await held('a', 'b', 'c')).toEqual([false, true, true]);
    expect(storage.size).toBe(2);
  });

  it('drops the one that was set first, however long it is kept', async () => {
    await storage.save('long', bytes(1), 9_000);
    clock.stop(1);
    await storage.save('short', bytes(1), 1_000);
    clock.stop(1);
    await storage.save('middle', bytes(1), 5_000);
    expect(await held('long', 'short', 'middle')).toEqual([false, true, true]);
  });
});

describe('a memory storage of ten bytes that drops the oldest', () => {
  beforeEach(() => {
    clock = new ManualClock();
    storage = new MemoryStorage({ clock, maxBytes: 10, whenFull: 'drop-oldest' });
  });

  it('holds ten, and drops as many of the oldest as an eleventh needs', async () => {
    await storage.save('a', bytes(4), 1_000);
    await storage.save('b', bytes(6), 1_000);
    expect(await held('a', 'b')).toEqual([true, true]);
    await storage.save('c', bytes(1), 1_000);
    expect(await held('a', 'b', 'c')).toEqual([false, true, true]);
    await storage.save('d', bytes(10), 1_000);
    expect(await held('b', 'c', 'd')).toEqual([false, false, true]);
  });

  it('counts no byte of what has ended or was replaced', async () => {
    await storage.save('a', bytes(10), 1_000);
    await storage.replace('a', bytes(5), 1_000);
    await storage.save('b', bytes(5), 2_000);
    expect(await held('a', 'b')).toEqual([true, true]);
    await clock.pass(1_000);
    await storage.save('c', bytes(5), 1_000);
    expect(await held('a', 'b', 'c')).toEqual([false, true, true]);
  });

  it('holds one that is larger, alone: its request was answered with it', async () => {
    await storage.save('a', bytes(1), 1_000);
    await storage.save('large', bytes(11), 1_000);
    expect(await held('a', 'large')).toEqual([false, true]);
  });
});

it('takes no other word for what happens when it is full', () => {
  expect(() => new MemoryStorage({ whenFull: 'drop-odlest' as 'refuse' })).toThrow("one of 'refuse', 'drop-oldest'");
});

it('forgets all when it is cleared, and has room again', async () => {
  const storage = new MemoryStorage({ maxRecords: 2 });
  expect([storage.reserve('a', 1_000), storage.reserve('b', 1_000), storage.reserve('c', 1_000)]).toEqual([true, true, false]);
  await storage.save('a', new Uint8Array(3), 1_000);
  storage.clear();
  expect([await storage.find('a'), storage.size]).toEqual([undefined, 0]);
  expect([storage.reserve('b', 1_000), storage.reserve('c', 1_000)]).toEqual([true, true]);
});
