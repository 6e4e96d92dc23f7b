/** What encoders are told of bodies, and whether that is right: what is misspelt would let two different requests pass for one. */
import { kinds } from '@nestjs-idempotency/core';
import type { KeyedRequest } from './encoder.js';

const { integer, isObject, kind, oneOf, optionsOf, someOf } = kinds;

/**
 * What of a body counts. Of a multipart body it is always the content of fields and files, never the boundary.
 * - 'raw': its bytes where the application keeps them (`rawBody: true`), otherwise as 'ordered'.
 * - 'ordered': what the parser made of it, in the order in which it came.
 * - 'canonical': the same, but the order of an object's keys does not count.
 * - `only` / `except`: canonical, of these dotted paths alone, or of all but these; in a multipart body, of the parts of these names.
 * - a function: canonical, of what it returns, or of what its promise gives. It must not change what it is given.
 */
export type BodyIdentity =
  | 'raw'
  | 'ordered'
  | 'canonical'
  | { readonly only: readonly string[] }
  | { readonly except: readonly string[] }
  | ((request: KeyedRequest) => unknown);

/** What of a body counts, and how much of it is read. */
export interface BodyRules {
  readonly body?: BodyIdentity;
  /** How many levels of nesting a body may have where it is walked through; deeper ones are refused. Default 500. */
  readonly maxDepth?: number;
  /** The longest body that is read ahead of its parser (uploads, and types that the application has no parser for). Default 10 MiB. */
  readonly maxBytes?: number;
  /** How many parts a multipart body may have. Default 1,000. */
  readonly maxParts?: number;
}

const NAMED = oneOf(['raw', 'ordered', 'canonical'], { bytes: 'raw', json: 'canonical', sorted: 'canonical', parsed: 'ordered' });

/** Paths of other languages would name fields that no body has, and nothing would count. */
const path = kind(
  'the dotted path of a field, such as `customer.id`',
  (given) => typeof given === 'string' && !given.startsWith('$.') && given.split('.').every((name) => name !== ''),
);
const paths = someOf(path, 'without one, all bodies would be one, or none would be told apart');

const BODY = kind(
  `${NAMED.words}, { only: paths }, { except: paths } or a function; paths are ${paths.words}`,
  (given) => {
    if (typeof given === 'function' || NAMED.is(given)) return true;
    if (!isObject(given)) return false;
    const [name = '', ...others] = Object.keys(given);
    return others.length === 0 && ['only', 'except'].includes(name) && paths.is(given[name]);
  },
  { names: ['raw', 'ordered', 'canonical'], others: NAMED.others ?? {} },
);

const KINDS: kinds.KindsOf<BodyRules> = { body: BODY, maxDepth: integer(1), maxBytes: integer(0), maxParts: integer(1) };

/** `rules`, if they are right; throws a `TypeError` that names `maker`, the rule and what it may be otherwise. */
export const checkedRules = (maker: string, rules: BodyRules): BodyRules => optionsOf(maker, rules, KINDS);
