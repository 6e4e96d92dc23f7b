/** What `forRoot` and `forRootAsync` are given, before Nest sees it: it would pass over what it does not know. */
import type { DynamicModule, FactoryProvider } from '@nestjs/common';
import { kinds } from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from '../config-error.js';
import { OPTIONS } from '../kinds/option-kinds.js';
import { isClass, placeOf } from '../kinds/part-kinds.js';
import { IDEMPOTENCY_GIVEN_OPTIONS } from '../tokens.js';

const { bool, describe, func, insteadOf, isObject, kind, nearest, readOptions, wrongIn } = kinds;

/** Taken by the module itself, beside its options. */
export const IS_GLOBAL = 'isGlobal';

/** What was given in the place of options, with the cure; `undefined` where it may be options. */
export function wrongRoot(given: unknown): string | undefined {
  const place = placeOf(given);
  if (place !== undefined) return `a part of them: ${place}`;
  if (isObject(given) && typeof given['then'] !== 'function') return undefined;
  return describe(given);
}

/** Throws for what `forRoot` cannot take. */
export function checkRoot(given: unknown): void {
  const wrong = wrongRoot(given);
  if (wrong === undefined) {
    const { [IS_GLOBAL]: isGlobal } = given as Readonly<Record<string, unknown>>;
    if (isGlobal !== undefined && !bool.is(isGlobal))
      throw new IdempotencyConfigError(`\`${IS_GLOBAL}\` must be ${insteadOf(isGlobal, bool)}`);
    return;
  }
  const later = typeof given === 'function' || isObject(given);
  throw new IdempotencyConfigError(
    `\`forRoot\` takes an object with options, e.g. \`forRoot({ profile: 'ietf' })\`, and was given ${wrong}.` +
      (later && placeOf(given) === undefined ? ' What makes options later goes to `forRootAsync({ useFactory })`.' : ''),
  );
}

/** Options that Nest copies field by field, as a plain object: what stands on their class would be lost. */
export function readRoot<Options extends object>(options: Options): Options {
  return readOptions(options, [...Object.keys(OPTIONS), IS_GLOBAL]);
}

const aClass = kind('a class with `createIdempotencyOptions`', isClass);
const ways = {
  useFactory: func,
  useClass: aClass,
  useExisting: kind(
    'a class, or another token of a provider',
    (value) => aClass.is(value) || ['string', 'symbol'].includes(typeof value),
  ),
};
const list = kind('a list', Array.isArray);
const ASYNC: kinds.Kinds = { ...ways, inject: list, imports: list, provideInjectionTokensFrom: list, [IS_GLOBAL]: bool };
const CURE = "give one of them, e.g. `forRootAsync({ useFactory: () => ({ profile: 'ietf' }) })`.";

/** Throws for what `forRootAsync` does not take; Nest would pass it over, and give no options. */
export function checkAsync(given: unknown): void {
  if (!isObject(given))
    throw new IdempotencyConfigError(`\`forRootAsync\` takes an object, and was given ${describe(given)}: ${CURE}`);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(ASYNC, name));
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(ASYNC));
    throw new IdempotencyConfigError(
      `\`${unknown}\` is nothing that \`forRootAsync\` takes: ${near === undefined ? `known are ${Object.keys(ASYNC).join(', ')}; options are what its factory returns.` : `did you mean \`${near}\`?`}`,
    );
  }
  const wrong = wrongIn(given, ASYNC);
  if (wrong !== undefined) throw new IdempotencyConfigError(`\`forRootAsync\`: ${wrong}`);
  const said = Object.keys(ways).filter((name) => name in given);
  const used = said.filter((name) => given[name] !== undefined);
  if (used.length === 1) return;
  const what =
    used.length > 1
      ? `was given ${used.map((name) => `\`${name}\``).join(' and ')}, of which one would be passed over`
      : said.length > 0
        ? `was given \`${said[0]}: undefined\`: is it imported before it is defined, or in a circle?`
        : 'was given neither `useFactory` nor `useClass` nor `useExisting`';
  throw new IdempotencyConfigError(`\`forRootAsync\` ${what}: ${CURE}`);
}

/** `definition`, which says what is missing where `useClass` or `useExisting` gives what makes no options. */
export function withCheckedFactory(definition: DynamicModule, { useFactory }: { readonly useFactory?: unknown }): DynamicModule {
  if (useFactory !== undefined) return definition;
  const providers = (definition.providers ?? []).map((provider) => {
    const { provide, useFactory: make } = provider as Partial<FactoryProvider>;
    if (provide !== IDEMPOTENCY_GIVEN_OPTIONS || !make) return provider;
    const checked = (made: unknown): unknown => {
      if (!kinds.hasMethods(made, ['createIdempotencyOptions']))
        throw new IdempotencyConfigError(
          `What \`forRootAsync\` was given must be ${insteadOf(made, aClass)} Let it implement \`IdempotencyOptionsFactory\`.`,
        );
      return make(made);
    };
    return { ...provider, useFactory: checked } as FactoryProvider;
  });
  return { ...definition, providers };
}
