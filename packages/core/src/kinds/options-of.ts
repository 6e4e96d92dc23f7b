/** Options of constructors and factories: an unknown name or a wrong value is an error where it is given, and never passed over. */
import type { Kind, Kinds } from './kind.js';
import { wrongAsOptions, wrongIn } from './wrong.js';

/** A kind for each option, so that none can be forgotten. */
export type KindsOf<Options extends object> = { readonly [Name in keyof Options]-?: Kind };

/**
 * `given`, if it is right; throws a `TypeError` that names `maker`, what it was given to, the option, and what it may be, otherwise.
 * `needed` are the options that have no default.
 */
export function optionsOf<Options extends object>(
  maker: string,
  given: Options,
  kinds: KindsOf<Options>,
  needed: readonly (keyof Options & string)[] = [],
): Options {
  const known = kinds as Kinds;
  const wrong = wrongAsOptions(given, known) ?? wrongIn(given, known) ?? missingIn(given, known, needed);
  if (wrong !== undefined) throw new TypeError(`${maker}: ${wrong}`);
  return given;
}

function missingIn(given: object, kinds: Kinds, needed: readonly string[]): string | undefined {
  const missing = needed.find((name) => (given as Record<string, unknown>)[name] === undefined);
  return missing === undefined ? undefined : `\`${missing}\` is missing: it must be ${kinds[missing]?.words ?? 'given'}.`;
}
