/** When to come back for the answer of a running request. */
import { describe, expect, it } from '@jest/globals';
import { blended, comeBackAfterMs, Pace } from './pace.js';

const LEASED = { leaseMs: 30_000, holdAtMostMs: 600_000, transactional: false };
const TRANSACTIONAL = { ...LEASED, transactional: true };

describe('the mean', () => {
  it('begins with the first turn and follows those that come after it', () => {
    expect(blended(undefined, 400)).toBe(400);
    expect(blended(400, 900)).toBe(500);
    let mean: number | undefined;
    for (let turn = 0; turn < 50; turn++) mean = blended(mean, turn < 25 ? 100 : 2_000);
    expect(mean).toBeGreaterThan(1_990);
    expect(mean).toBeLessThan(2_000);
  });
});

describe('under a lease', () => {
  it.each([
    ['nothing is known: what is left of the lease', undefined, 30_000, 30_000],
    ['nothing is known, and it is nearly over', undefined, 40, 40],
    ['it has just begun', 8_000, 30_000, 8_000],
    ['it has run for three seconds', 8_000, 27_000, 5_000],
    ['it takes longer than turns do', 8_000, 20_000, 1_000],
    ['turns are short', 3, 30_000, 1_000],
    ['turns take longer than the lease', 90_000, 29_000, 29_000],
    ['less than a second is left of the lease', 8_000, 300, 300],
    ['its lease is longer than ours, as another version of the application took it', 8_000, 60_000, 8_000],
    ['nothing is left', 8_000, 0, 0],
  ])('%s', (_name, meanMs, leftMs, expected) => {
    expect(comeBackAfterMs(meanMs, leftMs, LEASED)).toBe(expected);
  });
});

describe('in a transaction', () => {
  it.each([
    ['nothing is known: what the lock says', undefined, 1_000],
    ['turns take longer than that', 8_000, 8_000],
    ['turns are short', 3, 1_000],
    ['turns take longer than they may', 900_000, 600_000],
  ])('%s', (_name, meanMs, expected) => {
    expect(comeBackAfterMs(meanMs, 1_000, TRANSACTIONAL)).toBe(expected);
  });
});

it('tells of its own route', () => {
  const [one, other] = [new Pace(), new Pace()];
  one.took(4_000);
  one.took(9_000);
  expect([one.comeBackAfterMs(30_000, LEASED), other.comeBackAfterMs(30_000, LEASED)]).toEqual([5_000, 30_000]);
});
