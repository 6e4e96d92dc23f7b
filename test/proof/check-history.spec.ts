/** The history checker: what it accepts, what it refuses, and that its short form is right. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judge } from './check-history.js';
import type { HistoryEvent } from './history.js';

const invoke = (id: string, at: number): HistoryEvent => ({ kind: 'invoke', id, at, key: 'k' });
const answer = (id: string, at: number, value: string, digest = value): HistoryEvent => ({
  kind: 'answer',
  id,
  at,
  key: 'k',
  value,
  digest,
});
const effect = (value: string, at: number): HistoryEvent => ({ kind: 'effect', at, key: 'k', value });
const lapse = (at: number): HistoryEvent => ({ kind: 'lapse', at, key: 'k' });
const promises = (events: HistoryEvent[], bound: 'once' | 'once-and-lapses' = 'once') =>
  judge(events, bound).violations.map(({ promise }) => promise);

describe('a history', () => {
  it('of one execution and its replays is accepted', () => {
    const events = [invoke('1', 0), effect('a', 1), answer('1', 2, 'a'), invoke('2', 3), answer('2', 4, 'a')];
    expect(judge(events, 'once')).toEqual({ keys: 1, requests: 2, answers: 2, effects: 1, repeated: 0, violations: [] });
  });

  it('in which two clients were told different values is refused', () => {
    const events = [
      invoke('1', 0),
      effect('a', 1),
      answer('1', 2, 'a'),
      invoke('2', 3),
      effect('b', 4),
      answer('2', 5, 'b'),
      lapse(2),
    ];
    expect(promises(events, 'once-and-lapses')).toEqual(['S2']);
  });

  it('in which one value was told in different bytes is refused', () => {
    expect(promises([invoke('1', 0), effect('a', 1), answer('1', 2, 'a'), invoke('2', 3), answer('2', 4, 'a', 'b')])).toEqual([
      'S2',
    ]);
  });

  it('in which a value was told that nobody made, or before it was made, is refused', () => {
    expect(promises([invoke('1', 0), answer('1', 2, 'a')])).toEqual(['lost']);
    expect(promises([invoke('1', 0), answer('1', 2, 'a'), effect('a', 3)])).toEqual(['S2']);
  });

  it('may have a second effect only for a reported lapse, and in a transaction never', () => {
    const twice = [invoke('1', 0), effect('a', 1), effect('b', 9)];
    expect(promises(twice)).toEqual(['S6']);
    expect(promises(twice, 'once-and-lapses')).toEqual(['S7']);
    expect(promises([...twice, lapse(5)], 'once-and-lapses')).toEqual([]);
    expect(judge([...twice, lapse(5)], 'once-and-lapses').repeated).toBe(1);
  });

  it('that is malformed is refused, and so is an empty one', () => {
    expect(promises([answer('1', 2, 'a'), effect('a', 1)])).toEqual(['malformed']);
    expect(promises([invoke('1', 0), effect('a', 0), answer('1', 2, 'a'), answer('1', 3, 'a')])).toEqual(['malformed']);
    expect(() => judge([], 'once')).toThrow('The history is empty');
  });
});

interface Offer {
  readonly begins: number;
  readonly ends: number;
  readonly offers: string;
  readonly told: string | undefined;
}

/** Wing and Gong: some order of the requests, in which none comes before one that ended before it began, is an order of a real register. */
function hasLegalOrder(offers: readonly Offer[], held?: string): boolean {
  const answered = offers.filter(({ told }) => told !== undefined);
  if (answered.length === 0) return true;
  const nextEnd = Math.min(...answered.map(({ ends }) => ends));
  return offers.some((offer) => {
    const after = held ?? offer.offers;
    const mayBeNext = offer.begins <= nextEnd && (offer.told === undefined || offer.told === after);
    return (
      mayBeNext &&
      hasLegalOrder(
        offers.filter((other) => other !== offer),
        after,
      )
    );
  });
}

it('is accepted exactly when a search through all orders finds one that a write-once register could have had', () => {
  const offer = fc.record({
    begins: fc.nat(8),
    takes: fc.nat(6),
    told: fc.option(fc.constantFrom('v0', 'v1', 'v2', 'v3'), { nil: undefined }),
  });
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(offer, { minLength: 1, maxLength: 4 }), (drawn) => {
      const offers = drawn.map(({ begins, takes, told }, i) => ({ begins, ends: begins + takes, offers: `v${String(i)}`, told }));
      const events = offers.flatMap(({ begins, ends, offers: value, told }, i) => {
        const made: HistoryEvent[] = [invoke(String(i), begins), effect(value, begins)];
        return told === undefined ? made : [...made, answer(String(i), ends, told)];
      });
      const accepted = promises([...events, ...offers.map(() => lapse(0))], 'once-and-lapses').length === 0;
      seen[accepted ? 'accepted' : 'refused']++;
      expect(accepted).toBe(hasLegalOrder(offers));
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(200);
});
