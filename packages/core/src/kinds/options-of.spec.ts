/** A wrong option is told where it is given, with the name or the value that was meant. */
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { MemoryLock } from '../memory/lock.js';
import { MemoryStorage } from '../memory/storage.js';
import { sealed } from '../sealed.js';
import { bool, integer, type KindsOf, listOf, nearest, oneOf, optionsOf } from './index.js';

interface Options {
  readonly times?: number;
  readonly loud?: boolean;
  readonly mood?: 'calm' | 'brisk';
  readonly moods?: readonly string[];
}

const MOOD = oneOf(['calm', 'brisk'], { quiet: 'calm' });
const KINDS: KindsOf<Options> = { times: integer(1, 9), loud: bool, mood: MOOD, moods: listOf(MOOD) };
const told = (options: unknown, needed: (keyof Options)[] = []) => {
  try {
    optionsOf('A band', options as Options, KINDS, needed);
    return 'nothing';
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
};

it.each<[string, unknown, string]>([
  ['a misspelt name', { tmies: 1 }, 'A band: `tmies` is not an option: did you mean `times`?'],
  ['a name that is like none', { volume: 1 }, 'A band: `volume` is not an option: known are times, loud, mood, moods.'],
  ['a name of every object', { toString: 1 }, 'A band: `toString` is not an option: known are times, loud, mood, moods.'],
  ['a number out of its bounds', { times: 0 }, 'A band: `times` must be a whole number from 1 to 9; it is 0.'],
  ['no number', { times: NaN }, 'A band: `times` must be a whole number from 1 to 9; it is NaN.'],
  ['a number in letters', { times: '5' }, 'A band: `times` must be a whole number from 1 to 9; it is a string.'],
  ['null', { loud: null }, 'A band: `loud` must be true or false; it is null.'],
  ['letters in a wrong order', { mood: 'clam' }, "A band: `mood` must be one of 'calm', 'brisk'; did you mean 'calm'?"],
  ['capitals', { mood: 'BRISK' }, "A band: `mood` must be one of 'calm', 'brisk'; did you mean 'brisk'?"],
  ['the word of others', { mood: 'quiet' }, "A band: `mood` must be one of 'calm', 'brisk'; did you mean 'calm'?"],
  [
    'one of a list',
    { moods: ['calm', 'birsk'] },
    "A band: `moods` must be a list, each of it one of 'calm', 'brisk'; did you mean 'brisk'?",
  ],
  [
    'something else in a list',
    { moods: ['calm', 1] },
    "A band: `moods` must be a list, each of it one of 'calm', 'brisk'; it is a list with something else in it.",
  ],
  ['a list', [], 'A band: options must be an object, e.g. `{ times: … }`; they are a list.'],
  ['a string', 'loud', 'A band: options must be an object, e.g. `{ times: … }`; they are a string.'],
  ['nothing at all', null, 'A band: options must be an object, e.g. `{ times: … }`; they are null.'],
  [
    'a promise',
    Promise.resolve({}),
    'A band: options must be an object, e.g. `{ times: … }`; they are a promise, which must be awaited.',
  ],
])('refuses %s', (_, options, words) => {
  expect(told(options)).toBe(words);
});

it.each([
  ['isolation', ['isolationLevel', 'accessMode'], 'isolationLevel'],
  ['isolationLevel', ['isolation', 'pool'], 'isolation'],
  ['Isolation', ['isolationLevel'], 'isolationLevel'],
  ['isolation', ['isolationOfReads', 'isolationOfWrites'], undefined],
  ['pool', ['poolOfConnections'], undefined],
])('takes %p for the first word of a name of %p, or the other way, where it is that of no other', (written, names, meant) => {
  expect(nearest(written, names)).toBe(meant);
});

it('takes what is right, and what is not given', () => {
  expect(told({ times: 9, loud: false, mood: 'calm', moods: [] })).toBe('nothing');
  expect(told({ times: undefined, mood: undefined })).toBe('nothing');
  expect(told({})).toBe('nothing');
});

it('names what is missing', () => {
  expect(told({}, ['loud'])).toBe('A band: `loud` is missing: it must be true or false.');
});

describe('in memory', () => {
  const storage = (options: unknown) => () => new MemoryStorage(options as object);

  it.each([Number.NaN, -1, 0, 1.5, '5', null])('MemoryStorage refuses %p for maxRecords', (maxRecords) => {
    expect(storage({ maxRecords })).toThrow('MemoryStorage: `maxRecords` must be a whole number from 1, or Infinity; it is');
  });

  it.each([Number.NaN, -1, 0, '5'])('MemoryStorage refuses %p for maxBytes', (maxBytes) => {
    expect(storage({ maxBytes })).toThrow('MemoryStorage: `maxBytes` must be a number above 0; it is');
  });

  it('MemoryStorage takes bounds that bind, and none', () => {
    expect(storage({ maxRecords: 1, maxBytes: 0.1 * 1024 ** 3 })).not.toThrow();
    expect(storage({ maxRecords: Infinity, maxBytes: Infinity })).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ['a misspelt name', { maxRecord: 5 }, 'did you mean `maxRecords`?'],
    ['the word of others', { whenFull: 'lru' }, "did you mean 'drop-oldest'?"],
    ['a clock that is none', { clock: Date }, '`clock` must be an object with now, after; it is a function.'],
    ['a number', 5, 'options must be an object'],
  ])('MemoryStorage refuses %s', (_, options, words) => {
    expect(storage(options)).toThrow(words);
  });

  it('MemoryLock refuses what it does not take', () => {
    expect(() => new MemoryLock({ leaseMs: 5 } as object)).toThrow('MemoryLock: `leaseMs` is not an option: known are clock.');
    expect(() => new MemoryLock({ clock: {} } as never)).toThrow('MemoryLock: `clock` must be an object with now, after');
  });
});

describe('sealed', () => {
  const key = { id: 'a', secret: randomBytes(32) };

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'sealed: options must be an object, e.g. `{ keys: … }`; they are undefined.'],
    ['no keys', {}, 'sealed: `keys` is missing: it must be a list with one at least'],
    ['an empty list of keys', { keys: [] }, '`keys` must be a list with one at least'],
    ['a key outside of a list', { keys: key }, '`keys` must be a list with one at least'],
    ['a secret alone', { keys: ['secret'] }, 'each of it a key, { id, secret }'],
    ['a misspelt name', { keys: [key], compres: true }, 'did you mean `compress`?'],
    ['a bound of no bytes', { keys: [key], maxBytes: Infinity }, '`maxBytes` must be a whole number from 1'],
    ['a codec that is none', { keys: [key], inner: {} }, '`inner` must be an object with encode, decode'],
    [
      'a secret of letters',
      { keys: [{ id: 'a', secret: 'x'.repeat(64) }] },
      'A seal key: `secret` must be bytes, e.g. Buffer.from',
    ],
    ['a key without a secret', { keys: [{ id: 'a' }] }, 'A seal key: `secret` is missing'],
    ['a misspelt secret', { keys: [{ id: 'a', secrte: key.secret }] }, 'did you mean `secret`?'],
  ])('refuses %s', (_, options, words) => {
    expect(() => sealed(options as never)).toThrow(words);
  });

  it('never shows a secret', () => {
    expect(() => sealed({ keys: [{ id: 'a', secret: 'hush' }] } as never)).toThrow(expect.not.stringContaining('hush'));
  });
});
