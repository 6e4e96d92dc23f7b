/** What counts as a record. */
import { readable } from './readable.js';
import type { ReadRecord } from './record.js';

const answer = {
  status: 201,
  headers: [
    ['location', '/o/1'],
    ['x', ''],
  ],
  body: Buffer.from('kept'),
};
const records: ReadRecord[] = [
  { kind: 'answer', fingerprint: 'asked', answer: { status: 204, headers: [], body: new Uint8Array(0) } },
  { kind: 'value', fingerprint: 'asked', form: '', bytes: Buffer.of(1) },
  { kind: 'failure', fingerprint: 'asked', name: 'Declined', message: '' },
  { kind: 'failure', fingerprint: 'asked', name: 'Declined', message: 'no', data: [null, { a: 1 }] },
  { kind: 'tombstone', fingerprint: 'asked', loss: 'unkept' },
  { kind: 'tombstone', fingerprint: 'asked', loss: 'unknown' },
  { kind: 'unreadable' },
];

it.each(records)('%j is a record', (record) => {
  expect(readable(record)).toBe(record);
});

it('an answer of whose headers some were taken off, and that was said in a manner, is a record', () => {
  const record = { kind: 'answer', fingerprint: 'asked', answer: { ...answer, removed: ['x-powered-by'], manner: 'text' } };
  expect(readable(record)).toBe(record);
});

it('an answer with headers, some of them empty, is a record', () => {
  const record = { kind: 'answer', fingerprint: 'asked', answer };
  expect(readable(record)).toBe(record);
});

const answering = (change: object) => ({ kind: 'answer', fingerprint: 'asked', answer: { ...answer, ...change } });
const headed = (headers: unknown) => answering({ headers });

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', '{'],
  ['a list', []],
  ['an object of another kind', { kind: 'order', fingerprint: 'asked' }],
  ['bytes', Buffer.from('{}')],
  ['no fingerprint', { kind: 'tombstone', loss: 'unkept' }],
  ['a fingerprint that is a number', { kind: 'tombstone', fingerprint: 1, loss: 'unkept' }],
  ['a tombstone that does not say why', { kind: 'tombstone', fingerprint: 'asked' }],
  ['an answer without one', { kind: 'answer', fingerprint: 'asked' }],
  ['an answer that is null', { kind: 'answer', fingerprint: 'asked', answer: null }],
  ['a name that was taken off and is none', answering({ removed: ['x y'] })],
  ['a manner that is no word', answering({ manner: 1 })],
  ['names that were taken off and are no list', answering({ removed: 'x' })],
  ['a status that is a text', answering({ status: '200' })],
  ['a status that is no integer', answering({ status: 200.5 })],
  ['a status that is not there', answering({ status: undefined })],
  ['a status below all', answering({ status: -200 })],
  ['a status that ends no exchange', answering({ status: 101 })],
  ['a status that no server sends', answering({ status: 1_000 })],
  ['headers that are an object', headed({ location: '/o/1' })],
  ['headers that are not pairs', headed(['location', '/o/1'])],
  ['headers that are triples', headed([['location', '/o/1', 'x']])],
  ['headers that are numbers', headed([['content-length', 4]])],
  ['a header without a name', headed([['', 'x']])],
  ['a header with a name that is none', headed([['x y', 'x']])],
  ['a header that would be two', headed([['x', 'a\r\nset-cookie: b']])],
  ['a header beyond Latin-1', headed([['x', '\u20ac']])],
  ['a body that is a text', answering({ body: 'kept' })],
  ['a body as JSON writes a buffer', answering({ body: { type: 'Buffer', data: [1] } })],
  ['a body of a negative length', answering({ body: { byteLength: -1, length: -1 } })],
  ['a value without a form', { kind: 'value', fingerprint: 'asked', bytes: Buffer.of(1) }],
  ['a value that is a text', { kind: 'value', fingerprint: 'asked', form: 'json', bytes: '1' }],
  ['a failure without a message', { kind: 'failure', fingerprint: 'asked', name: 'Declined' }],
  ['a failure whose data is no JSON', { kind: 'failure', fingerprint: 'asked', name: 'D', message: '', data: () => 1 }],
])('%s is none', (_, given) => {
  expect(readable(given)).toEqual({ kind: 'unreadable' });
});
