/** The kinds of options that scripts of this repository take: each reads what was given for it, or says what it takes. Pure. */

/** What is wrong with an argument; beneath it the option is named. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** One option of a script. `Value` is what the script is given. */
export interface Option<Value> {
  /** Stands for the value in the help; absent where the option takes none. */
  readonly value?: string;
  /** What it is for, what it takes, and its default: its line in the help. */
  readonly means: string;
  /** Takes any number of arguments. */
  readonly isMany?: boolean;
  /** What `given`, in the order of the command line and empty if absent, stands for. Throws {@link Refused} for what it does not take. */
  read(given: readonly string[]): Value;
}

/** What an option of text takes. */
export interface Taken {
  /** Stands for the value in the help. */
  readonly value: string;
  readonly means: string;
  /** Completes "it takes …". */
  readonly takes: string;
  readonly isTaken: (text: string) => boolean;
}

/** A switch; off unless it is given. */
export const flag = (means: string): Option<boolean> => ({ means, read: (given) => given.length > 0 });

/** A whole number from `from` (1) to `to` (as large as whole numbers go). */
export function whole(
  means: string,
  usual: number,
  { from = 1, to = Number.MAX_SAFE_INTEGER, shown = String(usual) } = {},
): Option<number> {
  const takes = to === Number.MAX_SAFE_INTEGER ? `a whole number, ${from} or more` : `a whole number from ${from} to ${to}`;
  const numberOf = (text: string): number | undefined => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return number >= from && number <= to ? number : undefined;
  };
  return { value: 'N', means: `${means}: ${takes} (default ${shown})`, read: (given) => one(given, takes, numberOf) ?? usual };
}

/** The seed of a run; one from the clock by default. */
export const seed = (means: string): Option<number> =>
  whole(means, Date.now() % 2 ** 31, { from: 0, to: 2 ** 31 - 1, shown: 'from the clock' });

/** One text, or undefined if absent. */
export const text = ({ value, means, takes, isTaken }: Taken): Option<string | undefined> => ({
  value,
  means: `${means}: ${takes}`,
  read: (given) => one(given, takes, (text) => (isTaken(text) ? text : undefined)),
});

/** Some of `names`, with commas between them; all by default. */
export function someOf<Name extends string>(names: readonly Name[], means: string): Option<readonly Name[]> {
  const takes = `some of ${names.join(',')}, with commas between them`;
  const namesOf = (text: string): readonly Name[] | undefined => {
    const found = text.split(',').map((wanted) => names.find((name) => name === wanted));
    return found.every((name) => name !== undefined) ? found : undefined;
  };
  return { value: 'NAMES', means: `${means}: ${takes} (default all)`, read: (given) => one(given, takes, namesOf) ?? names };
}

/** Any number of texts; `usual` if absent. */
export const several = ({ value, means, takes, isTaken }: Taken, usual: readonly string[]): Option<readonly string[]> => ({
  value,
  means: `${means}: ${takes} (default ${usual.join(' ')})`,
  isMany: true,
  read(given) {
    for (const text of given) if (!isTaken(text)) throw new Refused(`"${text}" is not taken; it takes ${takes}.`);
    return given.length > 0 ? given : usual;
  },
});

/** Those of `all` whose name holds the words, in whatever case, which must be at least one; all of them by default. */
export const named = <Thing>(
  all: readonly Thing[],
  means: string,
  nameOf: (thing: Thing) => string,
): Option<readonly Thing[]> => ({
  value: 'WORDS',
  means: `${means} (default all)`,
  isMany: true,
  read(given) {
    const words = given.join(' ');
    const found = all.filter((thing) => nameOf(thing).toLowerCase().includes(words.toLowerCase()));
    if (found.length > 0) return found;
    throw new Refused(`"${words}" stands in none of these:\n${all.map((thing) => `  ${nameOf(thing)}`).join('\n')}`);
  },
});

function one<Value>(
  [given, ...further]: readonly string[],
  takes: string,
  valueOf: (text: string) => Value | undefined,
): Value | undefined {
  if (given === undefined) return undefined;
  if (further.length > 0) throw new Refused('given more than once.');
  const value = valueOf(given);
  if (value === undefined) throw new Refused(`"${given}" is not taken; it takes ${takes}.`);
  return value;
}
