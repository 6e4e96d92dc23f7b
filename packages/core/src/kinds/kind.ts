/** What values of options can be, in words, and whether they are. Pure. */
import { LONGEST_TIMER_MS } from '../clock.js';

/** One kind of value. */
export interface Kind {
  readonly words: string;
  /** The names among which one may have been misspelt. */
  readonly names?: readonly string[];
  /** Names that others use, each with the one of ours that means the same. */
  readonly others?: Readonly<Record<string, string>>;
  /** What each of a list must be. */
  readonly each?: Kind;
  is(value: unknown): boolean;
  /** What to do instead, where the value tells what its author had in mind. */
  cure?(value: unknown): string | undefined;
}

/** Options by their names. */
export type Kinds = Readonly<Record<string, Kind>>;

export const kind = (words: string, is: (value: unknown) => boolean, also: Partial<Omit<Kind, 'words' | 'is'>> = {}): Kind => ({
  words,
  is,
  ...also,
});

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether `value` is an object with all of `methods`. */
export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof (value as Readonly<Record<string, unknown>>)[method] === 'function');
}

/** `others` are words of other libraries, each with the name that means the same here. */
export const oneOf = (names: readonly string[], others: Readonly<Record<string, string>> = {}): Kind =>
  kind(`one of ${names.map((name) => `'${name}'`).join(', ')}`, (value) => names.includes(value as string), { names, others });

export const integer = (least: number, most = Number.MAX_SAFE_INTEGER): Kind =>
  kind(
    `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  );

export const listOf = (one: Kind): Kind =>
  kind(`a list, each of it ${one.words}`, (value) => Array.isArray(value) && value.every((item) => one.is(item)), {
    each: one,
  });

/** The same with one at least: an empty one would do nothing, without a word. */
export const someOf = (one: Kind, otherwise: string): Kind =>
  kind(
    `a list with one at least, each of it ${one.words}${otherwise === '' ? '' : `; ${otherwise}`}`,
    (value) => listOf(one).is(value) && (value as unknown[]).length > 0,
    { each: one },
  );

/** An object with these methods. */
export const withMethods = (...methods: string[]): Kind =>
  kind(`an object with ${methods.join(', ')}`, (value) => hasMethods(value, methods));

/** The one kind or the other. */
export const either = (one: Kind, other: Kind): Kind =>
  kind(`${one.words}, or ${other.words}`, (value) => one.is(value) || other.is(value));

export const just = (value: unknown): Kind => kind(String(value), (given) => given === value);

export const ms = integer(0);
export const positiveMs = integer(1);
/** What a timer of Node can be given: a longer one fires at once. */
export const timerMs = kind(
  'a number of milliseconds above 0 and below 25 days',
  (value) => typeof value === 'number' && value > 0 && value <= LONGEST_TIMER_MS,
);
export const aboveZero = kind('a number above 0', (value) => typeof value === 'number' && value > 0);
export const bool = kind('true or false', (value) => typeof value === 'boolean');
export const func = kind('a function', (value) => typeof value === 'function');
export const text = kind('a string that is not empty', (value) => typeof value === 'string' && value !== '');

/** Says what a value is without showing what might be a secret. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'function') return isClass(value) ? 'a class' : 'a function';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return typeof (value as { readonly then?: unknown }).then === 'function' ? 'a promise, which must be awaited' : 'an object';
}

const isClass = (value: object): boolean => /^class\b/.test(Function.prototype.toString.call(value));
