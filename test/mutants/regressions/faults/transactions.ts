/** Transactions: the faults B of 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const NEVER_ENDS = 'B4 A transactional handler that never ends';
const LATE_KEEP = 'B4 An answer that is given after the transaction was ended';
const SILENT = 'B4 A server that is silent in a transaction';
const BY_HAND = 'B5 A handler that says ROLLBACK itself';
const LEFT_BEHIND = 'B5 A statement that the handler left behind';
const CONNECTION_ENDS = 'B6 A connection that ends while the handler works elsewhere';
const IDLE_ENDS = 'B6 An idle connection that the server cuts';
const INJECTED = 'B7 A repository that Nest injects, in a transactional request';
const KEPT_MODEL = 'B7 A model that a service keeps';
const UNUSED = 'B7 A transactional handler that never asks for its transaction';
const TEXT_OF_DRIVER = 'B8 A save that fails';
const LATE_HOLDER = 'B9 A plain holder that comes after a transaction';
const CONFLICT = 'B3 An error of the application with the code of a conflict';
const FLUSH = 'F A constraint that MikroORM meets at the flush';
const COMMIT = 'F A constraint that is checked at the commit';

const COMMITS_ITSELF = 'B5 A handler that says COMMIT itself';
const USUAL_STYLE = 'B7 A service that says BEGIN and COMMIT on a client of its own';
const SIDE_BY_SIDE = 'B7 Transactions that services begin side by side in one request';
const DIRTY = 'B6 A connection that is given back in a transaction';
const ENDED = 'B6 A connection that was ended by force, and is waited for';
const LENT_ON = 'B6 A connection that was given back before its request is over';
const NOT_BEGUN = 'B6 A transaction that could not begin';

export const TRANSACTIONS_FAULTS: readonly string[] = [
  CONFLICT,
  NEVER_ENDS,
  LATE_KEEP,
  SILENT,
  BY_HAND,
  LEFT_BEHIND,
  CONNECTION_ENDS,
  IDLE_ENDS,
  INJECTED,
  KEPT_MODEL,
  UNUSED,
  TEXT_OF_DRIVER,
  LATE_HOLDER,
  FLUSH,
  COMMIT,
  COMMITS_ITSELF,
  USUAL_STYLE,
  SIDE_BY_SIDE,
  DIRTY,
  ENDED,
  LENT_ON,
  NOT_BEGUN,
];

const tools = testsOf('test/postgres/tool-faults.spec.ts');
const givenBack = testsOf('test/postgres/given-back.spec.ts');
const nested = testsOf('test/postgres/nested.spec.ts');
const silent = testsOf('test/postgres/silent.spec.ts');
const turn = testsOf('packages/core/src/transaction.spec.ts');
const transaction = testsOf('test/postgres/transaction.spec.ts');
const conflicts = testsOf('packages/postgres/src/conflict.spec.ts');
const attempt = causesIn<string>('packages/core/src/transaction.ts');
const engine = causesIn<string>('packages/core/src/engine.ts');
const sharing = causesIn<string>('packages/postgres/src/sharing.ts');
const backend = causesIn<string>('packages/postgres/src/backend.ts');
const statements = causesIn<string>('packages/postgres/src/statements.ts');
const guardedKnex = causesIn<string>('packages/postgres/src/guarded-knex.ts');
const session = causesIn<string>('packages/postgres/src/session.ts');
const guardedPool = causesIn<string>('packages/postgres/src/guarded-pool.ts');
const lentClient = causesIn<string>('packages/postgres/src/lent-client.ts');
const typeorm = causesIn<string>('packages/postgres/src/typeorm.ts');
const prisma = causesIn<string>('packages/postgres/src/prisma.ts');
const postgresError = causesIn<string>('packages/postgres/src/postgres-error.ts');
const driverError = causesIn<string>('packages/postgres/src/driver-error.ts');
const mikroOrm = causesIn<string>('packages/postgres/src/mikro-orm.ts');

export const transactionsFaults: readonly Regression[] = [
  driverError(
    CONFLICT,
    'it is one',
    'if (!(error instanceof Error)) return undefined;',
    'return factsOf(error).code;',
    conflicts('takes an error of the application'),
  ),
  sharing(
    NEVER_ENDS,
    'its server works on',
    'if (shared.server) await terminate(shared.server);',
    '',
    tools('pg a handler that is not over after holdAtMostMs frees its key'),
  ),
  backend(
    NEVER_ENDS,
    'it goes on writing',
    '{ startMs: this.#startMs, signal, terminate, isCommitted }',
    '{ startMs: this.#startMs, terminate, isCommitted }',
    tools('pg a handler that is not over after holdAtMostMs is told so'),
  ),
  attempt(
    LATE_KEEP,
    'it is kept without its effect',
    'this.signal.throwIfAborted();',
    '',
    turn('rejects, fires its signal, is told of'),
  ),
  backend(SILENT, 'the rollback waits for it', 'shared.session?.destroy();', '', silent('at the claim')),
  statements(
    BY_HAND,
    'its answer is kept',
    'CAST(txid_current() AS text) = CAST($${parameter} AS text))`',
    'TRUE)`',
    tools('Prisma a handler that ends its transaction itself and succeeds keeps nothing after ROLLBACK'),
  ),
  sharing(
    LEFT_BEHIND,
    'the client is told of a success that was rolled back',
    'if (shared?.session?.isCommitted === false) throw notCommitted();',
    '',
    tools('Drizzle a handler that ends its transaction itself and succeeds never succeeds without'),
  ),
  guardedPool(
    CONNECTION_ENDS,
    'nobody listens to it',
    "client.on('error', hear);",
    '',
    tools('Kysely a connection that ends while the handler works elsewhere is heard'),
  ),
  sharing(
    CONNECTION_ENDS,
    'it is taken for an error of the handler',
    'if (shared?.session?.isBroken && !isConflict(told)) {',
    'if (!shared) {',
    tools('pg a connection that ends while the handler works elsewhere is none'),
  ),
  guardedPool(IDLE_ENDS, 'nobody listens to its pool', "pool.on('error', hear);", '', silent('an idle connection')),
  typeorm(
    INJECTED,
    'it writes by itself',
    'return manager?.queryRunner ? lent(manager.queryRunner) : create(mode);',
    'return manager?.queryRunner ? create(mode) : create(mode);',
    tools('TypeORM what a service was given by joining is in the request'),
  ),
  prisma(
    KEPT_MODEL,
    'it writes by itself',
    'const holder = tx?.[name] ?? target;',
    'const holder = tx ? target : target;',
    tools('Prisma what a service was given by joining is in the request'),
  ),
  engine(
    UNUSED,
    'nobody is told',
    "verdict.kind === 'execute' && backend.joined?.() === false",
    'false',
    turn('is told of where'),
  ),
  postgresError(
    TEXT_OF_DRIVER,
    'its statement and its values are told',
    "throw worded(error, 'a statement of the library');",
    'throw error;',
    tools('Drizzle says nothing of the answer'),
  ),
  statements(
    LATE_HOLDER,
    'it overwrites the record',
    'token = CASE WHEN CAST($7 AS text) IS NULL THEN NULLIF(r.token, CAST($4 AS text)) END',
    'token = NULLIF(r.token, CAST($4 AS text))',
    transaction('leaves the record of a transaction'),
  ),
  mikroOrm(
    FLUSH,
    'the client is told to try again',
    'throw new IdempotencyHandlerError(message, { cause: error });',
    'throw error;',
    tools('MikroORM takes a constraint'),
  ),
  sharing(
    COMMIT,
    'the client is told to try again',
    'if (shared && isRefusal(told)) {',
    'if (!shared) {',
    tools('pg takes a constraint'),
  ),
  engine(
    COMMITS_ITSELF,
    'it runs again',
    'if (error instanceof IdempotencyEndedError) await bury(this.#means, lease, terms);',
    '',
    tools('pg a handler that ends its transaction itself and succeeds never runs again after COMMIT, where it then succeeds'),
  ),
  sharing(
    COMMITS_ITSELF,
    'the client is told that it was rolled back',
    'if (shared && (await mayStand(shared, hasWorked, sharing))) throw endedByItself();',
    '',
    nested('on the joined pool of pg a handler that ends its transaction all the same'),
  ),
  lentClient(
    USUAL_STYLE,
    'it ends the transaction of the request',
    'if (control) return answered(this.#control(borrower, unbegun, control), told);',
    '',
    nested('on the joined pool of pg BEGIN and COMMIT take part'),
  ),
  typeorm(
    SIDE_BY_SIDE,
    'one releases the savepoint of another',
    'return tx ? afterSiblings(tx, () => transact(...given)) : transact(...given);',
    'return tx ? transact(...given) : transact(...given);',
    nested('side by side in one request TypeORM’s are parts of it'),
  ),
  guardedPool(
    DIRTY,
    'the next request runs in it',
    'sessionOn(client)?.giveBack();',
    '',
    nested('side by side in one request a connection that TypeORM gives back'),
  ),
  guardedKnex(
    ENDED,
    'the pool of Knex lends it until its socket says so',
    '!dropped.has(connection) && ',
    '',
    givenBack('Knex lends none that was ended by force'),
  ),
  session(
    LENT_ON,
    'it is ended under the next request',
    'if (this.#isGivenBack) return;',
    '',
    testsOf('packages/postgres/src/session.spec.ts')('does nothing to a connection'),
  ),
  engine(
    NOT_BEGUN,
    'nobody is told',
    'if (!isBegun && backend.isConflict?.(error) !== true)',
    'if (isBegun && hold.isOver)',
    nested('tells of a transaction that could not begin'),
  ),
];
