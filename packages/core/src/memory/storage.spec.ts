/** The bounds of the reference storage. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/manual-clock.js';
import { MemoryStorage } from './storage.js';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

let clock: ManualClock;
let storage: MemoryStorage;
const held = async (...slots: string[]): Promise<boolean[]> =>
  Promise.all(slots.map(async (slot) => (await storage.find(slot)) !== undefined));

describe('a memory storage of two records', () => {
  beforeEach(() => {
    clock = new ManualClock();
    storage = new MemoryStorage({ clock, maxRecords: 2 });
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

describe('a memory storage of ten bytes', () => {
  beforeEach(() => {
    clock = new ManualClock();
    storage = new MemoryStorage({ clock, maxBytes: 10 });
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
