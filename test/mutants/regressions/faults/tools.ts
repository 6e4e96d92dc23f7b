/** Tools of the application with settings of its own, and those that are one connection: found by an attack. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const RENAMED = 'E1 A setting of the tool that renames or reads what our statements answer';
const ONE = 'B7 One connection under all requests, whose transactions run into one another';

export const TOOLS_FAULTS: readonly string[] = [RENAMED, ONE];

const row = causesIn<string>;
const settings = testsOf('test/postgres/settings.spec.ts');
const one = testsOf('test/postgres/one-connection.spec.ts');

export const toolsFaults: readonly Regression[] = [
  row('packages/postgres/src/knex.ts')(
    RENAMED,
    'Knex gives what a mapper made of it',
    'return seen ?? processed;',
    'return seen === undefined ? processed : processed;',
    settings('is understood Knex that gives the rows alone'),
  ),
  row('packages/postgres/src/one-connection.ts')(
    ONE,
    'whatever queries is a pool',
    "typeof (driver as Shape | null | undefined)?.totalCount === 'number';",
    "typeof (driver as { query?: unknown } | null | undefined)?.query === 'function';",
    one('refuses a client of pg'),
  ),
];
