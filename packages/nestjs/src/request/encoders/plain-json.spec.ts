/** JSON's own words are taken only where they are those of `write`. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fieldFilter } from './fields.js';
import { isPlainJson } from './plain-json.js';
import { write } from './write.js';

/** Which leaves nothing out, and has every field written one by one. */
const ALL = fieldFilter('except', []);
const ordered = { sorted: false, maxDepth: 500 };

it('gives the text that is written field by field, of whatever a body was parsed to', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  );
  const bodies = fc.anything({
    key: fc.oneof(texts, fc.constant('__proto__'), fc.nat().map(String)),
    values: [
      texts,
      fc.double(),
      fc.constantFrom(NaN, Infinity, -0),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.bigInt(),
      fc.date(),
    ],
    withNullPrototype: true,
    withSparseArray: true,
    withMap: true,
  });
  fc.assert(
    fc.property(bodies, (body) => {
      expect(write(body, ordered)).toBe(write(body, { ...ordered, filter: ALL }));
    }),
    { numRuns: 2_000 },
  );
});

it.each<readonly [string, unknown]>([
  ['undefined', { a: undefined }],
  ['no number', [Number.NaN]],
  ['an infinite number', Infinity],
  ['a BigInt', [1n]],
  ['a function', { a: () => 1 }],
  ['a symbol', [Symbol('a')]],
  ['bytes', Buffer.from('a')],
  ['a date', { at: new Date(0) }],
  ['a map', new Map([['a', 1]])],
  ['a list with a hole', [1, , 2]], // eslint-disable-line no-sparse-arrays -- The hole is what is tried.
  ['a list with fields', Object.assign([1], { a: 1 })],
  ['a list with a hole and a field', Object.assign(new Array(1), { a: 1 })],
  ['what renders itself', { toJSON: () => 1 }],
  ['an object of a class', new (class A {})()],
  ['a boxed text', new String('a')],
])('says no to %s', (_what, value) => {
  expect(isPlainJson(value, 500)).toBe(false);
});

it('says no to what is nested deeper than is read, and to a circle', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = [circle, circle];
  expect([isPlainJson([[1]], 2), isPlainJson([[1]], 1), isPlainJson(circle, 500)]).toEqual([true, false, false]);
});
