/** Two revisions are told apart only as far as processes of the same code are alike. */
import { describe, expect, it } from '@jest/globals';
import { compare } from './compare.js';

const ROUNDS = 5;

/** A process that takes `cpuMicros` in each round, but `odd` in one. */
function process(cpuMicros: number, odd = cpuMicros) {
  return Array.from({ length: ROUNDS }, (_, round) => ({ cpuMicros: round === 2 ? odd : cpuMicros, perSecond: 1 }));
}

const bare = [process(100), process(100)];

describe('a comparison', () => {
  it('calls faster what took less in each of its processes', () => {
    const { verdict, ratio, here, sameCode } = compare(bare, [process(150), process(156)], [process(160), process(166)]);
    expect({ verdict, here }).toEqual({ verdict: 'faster', here: [1.5, 1.56] });
    expect(ratio).toBeCloseTo(1.53 / 1.63);
    expect(sameCode).toBeCloseTo(0.04);
  });

  it('calls slower what took more in each of its processes', () => {
    expect(compare(bare, [process(167), process(171)], [process(166), process(160)]).verdict).toBe('slower');
  });

  it('tells nothing apart where one process of the same code lies between those of the other', () => {
    expect(compare(bare, [process(150), process(163)], [process(160), process(166)]).verdict).toBe('not told apart');
  });

  it('is refused where processes of the same code differ by more than a telling difference', () => {
    expect(compare(bare, [process(100), process(120)], [process(300), process(310)]).verdict).toBe('too busy to tell');
  });

  it('is refused where nothing was measured', () => {
    expect(compare(bare, [], []).verdict).toBe('too busy to tell');
  });

  it('does not count a round in which the machine was slow for all', () => {
    const slow = [process(100, 400), process(100, 400)];
    expect(compare(slow, [process(150, 600)], [process(160, 640)]).here).toEqual([1.5]);
  });
});
