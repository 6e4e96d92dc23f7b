/** Entries that end at their time. */
import { ManualClock } from '../../test/manual-clock.js';
import type { Clock } from '../clock.js';
import { ExpiringMap } from './expiring-map.js';

describe('an expiring map', () => {
  const clock = new ManualClock();

  it('ends an entry when its time is over, and not before', () => {
    const map = new ExpiringMap<string>(clock);
    map.set('a', 'A', 100);
    clock.stop(99);
    expect(map.get('a')).toBe('A');
    clock.stop(1);
    expect(map.get('a')).toBeUndefined();
    expect(map.size).toBe(0);
  });

  it('frees entries that nobody reads, those of each duration at their time', async () => {
    const ended: string[] = [];
    const map = new ExpiringMap<string>(clock, (value) => ended.push(value));
    map.set('long', 'long', 10_000);
    map.set('short', 'short', 2_000);
    map.set('later', 'later', 10_000);
    await clock.pass(2_000);
    expect(ended).toEqual(['short']);
    await clock.pass(8_000);
    expect(ended).toEqual(['short', 'long', 'later']);
    expect(map.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('sets one timer for a thousand entries, and looks once a second at most', async () => {
    const map = new ExpiringMap<number>(clock);
    for (let i = 0; i < 1_000; i++) map.set(`k${i}`, i, 5);
    expect(clock.pending).toBe(1);
    await clock.pass(999);
    expect(map.size).toBe(1_000);
    await clock.pass(1);
    expect(map.size).toBe(0);
  });

  it('drops ten thousand entries in one turn at most, and the others in the turns that follow', async () => {
    const turns: number[] = [];
    const counting: Clock = {
      now: () => clock.now(),
      after: (ms, then) =>
        clock.after(ms, () => {
          const before = map.size;
          then();
          turns.push(before - map.size);
        }),
    };
    const map: ExpiringMap<number> = new ExpiringMap(counting);
    for (let i = 0; i < 25_000; i++) map.set(`k${i}`, i, i % 2 ? 2_000 : 2_001);
    map.set('later', -1, 60_000);
    await clock.pass(3_010);
    expect(turns.filter((dropped) => dropped > 0)).toEqual([10_000, 2_500, 10_000, 2_500]);
    expect(map.size).toBe(1);
    await clock.pass(60_000);
    expect(map.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('keeps for longer than the longest timer', async () => {
    const map = new ExpiringMap<string>(clock);
    map.set('a', 'A', 3_000_000_000);
    await clock.pass(2_999_999_999);
    expect(map.get('a')).toBe('A');
    await clock.pass(1_001);
    expect(map.size).toBe(0);
  });

  it('starts the time anew for an entry that is set again', () => {
    const map = new ExpiringMap<string>(clock);
    map.set('a', 'A', 100);
    clock.stop(60);
    map.set('a', 'B', 100);
    clock.stop(60);
    expect(map.get('a')).toBe('B');
  });

  it('names the entry set longest ago, whatever its duration, after any deletions', () => {
    const map = new ExpiringMap<number>(clock);
    expect(map.oldest()).toBeUndefined();
    ['a', 'b', 'c', 'd'].forEach((key, i) => {
      map.set(key, i, i % 2 ? 100 : 900);
      clock.stop(1);
    });
    map.delete('a');
    expect(map.oldest()).toBe('b');
    map.delete('c');
    map.delete('b');
    expect(map.oldest()).toBe('d');
    map.delete('d');
    map.delete('d');
    expect(map.oldest()).toBeUndefined();
  });
});
