/** Which `Prefer` headers ask to wait. */
import { preferredWaitMs } from './prefer.js';

it.each<[string | string[] | undefined, number | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['wait=10', 10_000],
  ['WAIT = 10', 10_000],
  ['wait="10"', 10_000],
  ['respond-async, wait=3; foo=bar', 3_000],
  ['wait=1, wait=2', 1_000],
  [['handling=lenient', 'wait=2'], 2_000],
  ['wait=0', 0],
  ['wait=-1', undefined],
  ['wait=1.5', undefined],
  ['wait=ten', undefined],
  ['wait', undefined],
  ['await=5', undefined],
  ['wait=9999999999', undefined],
])('%j', (prefer, ms) => {
  expect(preferredWaitMs(prefer)).toBe(ms);
});
