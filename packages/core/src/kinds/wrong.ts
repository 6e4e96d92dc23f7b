/** What is wrong with options, in words that name the option and the cure. Pure. */
import { describe, isObject, type Kind, type Kinds } from './kind.js';
import { nearest } from './nearest.js';
import { readOptions } from './read.js';

/** Whose options they are. */
export interface Whose {
  /** Stands before each name: `lock.`. */
  readonly prefix?: string;
  /** Stands behind each name: ` on Orders.create`. */
  readonly where?: string;
  /** What was meant by a name that is none of them, where that is not simply the nearest. */
  readonly meant?: (name: string) => string | undefined;
}

/** What is wrong first in `given`, whose options are of `kinds`; `undefined` where nothing is. An option that is `undefined` is not given. */
export function wrongIn(given: object, kinds: Kinds, { prefix = '', where = '', meant }: Whose = {}): string | undefined {
  const names = Object.keys(kinds);
  for (const [name, value] of Object.entries(readOptions(given, names))) {
    const expected = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!expected) {
      const near = meant ? meant(name) : prefixed(prefix, nearest(name, names));
      return `\`${prefix}${name}\`${where} is not an option: ${near === undefined ? `known are ${names.join(', ')}.` : `did you mean \`${near}\`?`}`;
    }
    if (value !== undefined && !expected.is(value)) return `\`${prefix}${name}\`${where} must be ${insteadOf(value, expected)}`;
  }
  return undefined;
}

/** What it must be, and what it is or was to be. */
export function insteadOf(value: unknown, expected: Kind): string {
  const cure = expected.cure?.(value);
  if (cure !== undefined) return `${expected.words}: ${cure}`;
  const near = meantBy(value, expected);
  if (near !== undefined) return `${expected.words}; did you mean '${near}'?`;
  const wrong = Array.isArray(value) && value.length > 0 ? 'a list with something else in it' : describe(value);
  return `${expected.words}; it is ${wrong}.`;
}

/** The value that was meant by one that is none of them, or by the first of a list that is not. */
function meantBy(value: unknown, { names = [], others = {}, each }: Kind): string | undefined {
  if (Array.isArray(value) && each) return value.flatMap((item) => (each.is(item) ? [] : (meantBy(item, each) ?? [])))[0];
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  return Object.hasOwn(others, word) ? others[word] : nearest(value, names);
}

const prefixed = (prefix: string, name: string | undefined): string | undefined =>
  name === undefined ? undefined : prefix + name;

/** What is wrong with options that are none: `undefined` where they are an object. */
export function wrongAsOptions(given: unknown, kinds: Kinds): string | undefined {
  if (isObject(given) && typeof given['then'] !== 'function') return undefined;
  const [first = 'name'] = Object.keys(kinds);
  return `options must be an object, e.g. \`{ ${first}: … }\`; they are ${Array.isArray(given) ? 'a list' : describe(given)}.`;
}
