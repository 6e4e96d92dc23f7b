/** In which way a block is run. Every block has one: a page cannot show what nobody tries. */
import { type Block, placeOf } from './blocks.js';
import { isTest, isTypeScript } from './workshop.js';

export type Way =
  /** A test of users: handed to Jest. */
  | 'test'
  /** An application, a module, or statements: started. */
  | 'program'
  /** Commands with what they print: sent to the application that stands last before them. */
  | 'session'
  /** Commands of a shell: npm's, which must exist. */
  | 'commands'
  /** An answer of the library's, by its note. */
  | 'answer'
  /** What is sent to the database for one request. */
  | 'statements'
  /** Statements for the database: run. */
  | 'sql'
  /** Nothing to run; the files that it names must exist. */
  | 'drawing';

/** By language and note. */
const WAYS: Readonly<Record<string, Way>> = {
  console: 'session',
  sh: 'commands',
  sql: 'sql',
  'json, the answer while the first request runs': 'answer',
  'text, the statements of a request': 'statements',
  'text, a drawing': 'drawing',
};

/** Throws, with the place and the cure, for a block that nobody knows how to run. */
export function wayOf(block: Block): Way {
  if (isTypeScript(block)) return isTest(block) ? 'test' : 'program';
  const kind = [block.language, ...(block.note === undefined ? [] : [block.note])].join(', ');
  const way = WAYS[kind];
  if (way !== undefined) return way;
  throw new Error(
    `${placeOf(block)}: nobody knows how to run a block of "${kind}". Known are ts, ${Object.keys(WAYS).join('; ')}, where what ` +
      'follows the comma stands in the line before it, as <!-- snippet: … -->. A new kind is added to test/snippets/ways.ts.',
  );
}
