/** What an application's tests hand over wrongly is told at once. */
import { expect, it } from '@jest/globals';
import { idempotencyForTests } from './for-tests.js';

const idempotency = idempotencyForTests();

it.each<[string, () => unknown, string]>([
  [
    'a module that is compiled',
    () => idempotency.override({ get() {}, close() {} } as never),
    'a module that is compiled already',
  ],
  ['nothing', () => idempotency.override(undefined as never), 'before it is compiled'],
  ['options that are none', () => idempotency.options('ietf' as never), 'options() takes the options of `forRoot`'],
  [
    'a time in letters',
    () => idempotency.advance('5' as never),
    'advance() takes a number of milliseconds from 0; it was given a string.',
  ],
  ['no time', () => idempotency.advance(Number.NaN), 'advance() takes a number of milliseconds from 0; it was given NaN.'],
  ['a time that is over', () => idempotency.advance(-1), 'Time runs on only: advance(-1) was asked for.'],
  [
    'options where none are taken',
    () => idempotencyForTests(...([{ profile: 'ietf' }] as unknown as [])),
    'idempotencyForTests() takes nothing: the options are those that the application gives to `forRoot`, or go to `idempotency.options({ … })`; it was given an object.',
  ],
  ['no application', () => idempotency.expectOnce(undefined as never), 'The application under test is what Nest made'],
])('refuses %s', (_, ask, words) => {
  expect(ask).toThrow(words);
});
