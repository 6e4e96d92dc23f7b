/** What a handler leaves behind it: a client that it kept, statements that it did not await, a role that it took on. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const KEPT = 'P A client that a handler kept, after the end of its request';
const GIVEN_BACK = 'P A client that a handler gives back';
const LATE_JOINED = 'P What joining gave, asked in a timer after the end of its request';
const BEHIND_COMMIT = 'P A statement that comes while the commit is under way';
const LENT_AGAIN = 'P A connection that is lent again at once';
const ROLE = 'P A handler that leaves its transaction in a role without rights';

export const LEFT_FAULTS: readonly string[] = [KEPT, GIVEN_BACK, LATE_JOINED, BEHIND_COMMIT, LENT_AGAIN, ROLE];

const late = testsOf('test/postgres/late.spec.ts');
const client = testsOf('test/postgres/turn-client.spec.ts');
const turnClient = causesIn<string>('packages/postgres/src/turn-client.ts');
const drizzle = causesIn<string>('packages/postgres/src/drizzle.ts');
const pg = causesIn<string>('packages/postgres/src/pg.ts');
const prisma = causesIn<string>('packages/postgres/src/prisma.ts');
const kysely = causesIn<string>('packages/postgres/src/kysely.ts');
const session = causesIn<string>('packages/postgres/src/session.ts');
const behindEnd = causesIn<string>('packages/postgres/src/behind-end.ts');
const saveRefused = causesIn<string>('packages/postgres/src/save-refused.ts');

export const leftFaults: readonly Regression[] = [
  turnClient(
    KEPT,
    'it works on in the transaction of the next one',
    'isOver ? refuse(given) : ',
    '',
    late('pg lets nobody write in, commit or undo'),
  ),
  drizzle(
    KEPT,
    'Drizzle’s is on the connection itself',
    'work(clientOf(tx), lending.tx)',
    'work(clientOf(tx), tx)',
    late('Drizzle lets nobody write in, commit or undo'),
  ),
  turnClient(
    GIVEN_BACK,
    'the pool lends it while its transaction runs',
    "['release', () => undefined],",
    '',
    client('is the client, but is not given back'),
  ),
  pg(LATE_JOINED, 'it throws past every catch', 'late: (given) => given,', '', late('pg refuses what joining gave by a promise')),
  prisma(
    LATE_JOINED,
    'a model throws past every catch',
    'if (shared?.isOpen === false) return refused;',
    '',
    late('Prisma refuses what joining gave by a promise'),
  ),
  kysely(
    LATE_JOINED,
    'a builder throws past every catch',
    'late: (trx) => refusing(trx as Transaction<DB>),',
    '',
    late('Kysely refuses what joining gave by a promise'),
  ),
  session(
    BEHIND_COMMIT,
    'it is committed by itself',
    'this.#reopen ??= closeBehindEnd(this.#connection);',
    '',
    late('TypeORM commits what was sent before the commit'),
  ),
  behindEnd(
    LENT_AGAIN,
    'who waited for it cannot begin',
    'asked.release !== release',
    'asked.release === undefined',
    client('leaves a connection that who waits'),
  ),
  saveRefused(
    ROLE,
    'the store is told to be away',
    "'42501': (table)",
    "'none': (table)",
    testsOf('test/postgres/role.spec.ts')('is told which right'),
  ),
];
