/** Reads the arguments of a script: what is not known, or not taken, is refused with all that is. Pure. */
import { parseArgs } from 'node:util';
import { type Option, Refused } from './options.js';

type Options = Readonly<Record<string, Option<unknown>>>;

/** A script as its users see it. */
export interface Shown {
  /** How it is started, without arguments: `npm run fuzz --`. */
  readonly command: string;
  /** What it does, in a sentence. */
  readonly does: string;
  readonly options: Options;
  /** Options that may also be given without their names, in this order; the last one may take many. */
  readonly unnamed?: readonly string[];
}

/** A script as it is written down. */
export interface Script<Own extends Options> extends Shown {
  readonly options: Own;
  /** Why values that are right one by one are wrong together; undefined if they are not. */
  readonly wrongTogether?: (values: ValuesOf<Own>) => string | undefined;
}

/** The value of each option, by its name. */
export type ValuesOf<Own> = { readonly [Name in keyof Own]: Own[Name] extends Option<infer Value> ? Value : never };

/** What arguments come to. */
export type Reading<Values> =
  | { readonly kind: 'run'; readonly values: Values }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string };

/** Reads `given`. `--help` is an option of every script and wins over the others, but not over one that is unknown. */
export function readArguments<Own extends Options>(script: Script<Own>, given: readonly string[]): Reading<ValuesOf<Own>> {
  try {
    const texts = textsOf(script, given);
    if (texts.get('help') !== undefined) return { kind: 'help', text: helpOf(script) };
    const values = Object.entries(script.options).map(([name, option]) => [name, valueOf(name, option, texts.get(name) ?? [])]);
    const taken = Object.fromEntries(values) as ValuesOf<Own>;
    const wrong = script.wrongTogether?.(taken);
    if (wrong !== undefined) throw new Refused(wrong);
    return { kind: 'run', values: taken };
  } catch (error) {
    if (!(error instanceof Refused) && !isParseError(error)) throw error;
    return { kind: 'refused', text: `${error.message}\n\n${helpOf(script)}` };
  }
}

/** What is printed for `--help`, and below what is refused. */
export function helpOf({ command, does, options, unnamed = [] }: Shown): string {
  const named = Object.entries({ ...options, help: { means: 'prints this and does nothing else' } as Option<boolean> });
  const heads = named.map(([name, { value }]) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...heads.map(({ length }) => length));
  const lines = named.map(([, { means }], index) => `  ${(heads[index] ?? '').padEnd(width)}  ${means}`);
  const places = unnamed.map((name) => ` [${name.toUpperCase()}${options[name]?.isMany === true ? '…' : ''}]`);
  return [`${command}${places.join('')} [options]`, does, '', ...lines].join('\n');
}

/** Each option that was given, with the texts that were given for it. */
function textsOf({ options, unnamed = [] }: Shown, given: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const { values, positionals } = parseArgs({
    args: [...given],
    strict: true,
    allowPositionals: unnamed.length > 0,
    // Every option may be repeated as far as Node is concerned, so that a repeated one is refused and not the last one taken.
    options: Object.fromEntries(
      Object.entries({ ...options, help: { value: undefined } }).map(([name, { value }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: true },
      ]),
    ),
  });
  const texts = new Map(Object.entries(values).map(([name, list]) => [name, [list].flat().map(String)]));
  for (const [index, text] of positionals.entries()) {
    const name = unnamed[index] ?? unnamed.find((one) => options[one]?.isMany === true);
    if (name === undefined) throw new Refused(`The argument "${text}" is one too many.`);
    texts.set(name, [...(texts.get(name) ?? []), text]);
  }
  return texts;
}

function valueOf(name: string, option: Option<unknown>, given: readonly string[]): unknown {
  try {
    return option.read(given);
  } catch (error) {
    throw error instanceof Refused ? new Refused(`--${name}: ${error.message}`) : error;
  }
}

const isParseError = (error: unknown): error is Error =>
  String((error as Partial<NodeJS.ErrnoException> | null)?.code).startsWith('ERR_PARSE_ARGS_');
