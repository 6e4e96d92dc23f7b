/** The table by which a request ends, written out: every cell of it. */
import { expect, it } from '@jest/globals';
import { type Fate, mayLeave, type Progress, type Rendered, rulingOn, type Terms } from './ruling.js';

const MODES: Readonly<Record<string, Terms>> = {
  plain: { transactional: false, manual: false },
  manual: { transactional: false, manual: true },
  transaction: { transactional: true, manual: false },
  'manual transaction': { transactional: true, manual: true },
};

const LEFT: Readonly<Record<string, Rendered>> = {
  nothing: { kind: 'nothing', storable: false },
  value: { kind: 'nothing', storable: true },
  answer: { kind: 'answer' },
  error: { kind: 'error' },
  large: { kind: 'too-large' },
  cut: { kind: 'broken' },
};

/** `kept / otherwise`: what becomes of the slot where the policy keeps, and where it does not; one word where it is not asked. */
const TABLE = `
  handler   left      plain                      manual                     transaction                manual transaction
  idle      nothing   release                    release                    release                    release
  idle      value     release                    release                    release                    release
  idle      answer    release                    release                    release                    release
  idle      error     release                    release                    release                    release
  idle      large     release                    release                    release                    release
  idle      cut       release                    release                    release                    release
  running   nothing   wait                       wait                       wait                       wait
  running   value     wait                       wait                       wait                       wait
  running   answer    keep-answer/wait           keep-answer/wait           wait                       wait
  running   error     wait                       wait                       wait                       wait
  running   large     wait                       wait                       wait                       wait
  running   cut       wait                       wait                       wait                       wait
  returned  nothing   tombstone/release          release                    tombstone/release          release
  returned  value     keep-unrendered/release    keep-unrendered/release    keep-unrendered/release    keep-unrendered/release
  returned  answer    keep-answer/release        keep-answer/release        keep-answer/release        keep-answer/release
  returned  error     tombstone                  release                    release                    release
  returned  large     tombstone/release          release                    tombstone/release          release
  returned  cut       tombstone/release          release                    release                    release
  threw     nothing   tombstone/release          release                    release                    release
  threw     value     keep-unrendered/release    keep-unrendered/release    release                    release
  threw     answer    keep-answer/release        keep-answer/release        release                    release
  threw     error     tombstone                  release                    release                    release
  threw     large     tombstone/release          release                    release                    release
  threw     cut       tombstone/release          release                    release                    release
  unknown   nothing   tombstone                  release                    release                    release
  unknown   value     tombstone                  release                    release                    release
  unknown   answer    tombstone                  release                    release                    release
  unknown   error     tombstone                  release                    release                    release
  unknown   large     tombstone                  release                    release                    release
  unknown   cut       tombstone                  release                    release                    release
`;

const [head = [], ...rows] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s{2,}/));

const cells = rows.flatMap(([progress, left, ...fates]) =>
  fates.map((fate, i) => [progress as Progress, left as string, head[i + 2] as string, fate] as const),
);

it('has a cell for each progress, rendering and mode', () => {
  expect(new Set(cells.map(([progress, left, mode]) => `${progress} ${left} ${mode}`)).size).toBe(5 * 6 * 4);
});

it.each(cells)('a handler that is %s, of which the client was given %s, %s: %s', (progress, left, mode, fates) => {
  const [kept, otherwise = kept] = fates.split('/') as Fate[];
  expect(rulingOn(progress, LEFT[left] as Rendered, MODES[mode] as Terms)).toEqual({ kept, otherwise });
});

it('nothing that may still be undone promises a success', () => {
  const leaving = Object.entries(MODES).map(([mode, terms]) => [mode, [201, 399, 400, 503].filter((s) => mayLeave(s, terms))]);
  expect(Object.fromEntries(leaving)).toEqual({
    plain: [201, 399, 400, 503],
    manual: [201, 399, 400, 503],
    transaction: [400, 503],
    'manual transaction': [400, 503],
  });
});
