/** Which values are the same after JSON. */
import { expect, it } from '@jest/globals';
import { survivesJson } from './json-value.js';

class Order {
  id = 1;
}
class List extends Array<number> {}

const circle: Record<string, unknown> = {};
circle['a'] = circle;
circle['b'] = circle;
let deep: unknown = 1;
for (let i = 0; i < 600; i++) deep = [deep];
const named = Object.assign([1], { total: 1 });
const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false });

it.each<[string, unknown]>([
  ['null', null],
  ['text', 'é'],
  ['half a surrogate', '\ud800'],
  ['zero', 0],
  ['a huge number', Number.MAX_VALUE],
  ['false', false],
  ['a list', [1, 'a', [null]]],
  ['a plain object', { a: { b: [true] } }],
  ['a property that is undefined', { a: undefined, b: 1 }],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['a property called __proto__', JSON.parse('{"__proto__":{"a":1}}')],
])('%s is', (_, value) => {
  expect(survivesJson(value)).toBe(true);
  expect(JSON.parse(JSON.stringify(value))).toEqual(value);
});

it.each<[string, unknown]>([
  ['undefined', undefined],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-0', -0],
  ['a bigint', 1n],
  ['a symbol', Symbol('s')],
  ['a function', () => undefined],
  ['a date', new Date(0)],
  ['an instance', new Order()],
  ['a map', new Map()],
  ['bytes', Buffer.from('a')],
  ['a list of a class', List.from([1])],
  ['a list with a hole', [1, , 3]], // eslint-disable-line no-sparse-arrays
  ['a list with undefined in it', [undefined]],
  ['a list with a name', named],
  [
    'a getter',
    {
      get a() {
        return 1;
      },
    },
  ],
  ['a hidden property', hidden],
  ['a symbol as a name', { [Symbol('s')]: 1 }],
  ['something with a JSON of its own', { toJSON: () => 1 }],
  ['an instance far within', { a: [{ b: new Order() }] }],
  ['a circle', circle],
  ['what is nested too deeply', deep],
  ['an error', new Error('e')],
])('%s is not', (_, value) => {
  expect(survivesJson(value)).toBe(false);
});
