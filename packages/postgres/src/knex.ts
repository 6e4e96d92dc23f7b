/** For Knex: handlers get the `Knex.Transaction`. */
import { kinds } from '@nestjs-idempotency/core';
import type { Knex } from 'knex';
import { guardKnex } from './guarded-knex.js';
import { joiningWith, originalOf } from './joining.js';
import { oneConnection } from './one-connection.js';
import { checkDialect, checkTool } from './options.js';
import { withQuestionMarks } from './placeholders.js';
import type { DriverConnection, SqlClient, SqlSource } from './sql-client.js';
import { LEVEL, only, ownEach, writing } from './transaction-options.js';

const KINDS: kinds.KindsOf<Knex.TransactionConfig> = {
  isolationLevel: LEVEL.small,
  readOnly: writing(false),
  doNotRejectOnRollback: only(false, 'a transaction that was rolled back is to be told'),
  connection: ownEach,
  userParams: kinds.kind('an object', kinds.isObject),
  enforceForeignCheck: kinds.either(kinds.bool, kinds.just(null)),
};
const METHODS = ['raw', 'transaction'];

/** Shares transactions of `knex`, which must be of client `pg`. `options` are those of `knex.transaction`. */
export function fromKnex(given: Knex, options: Knex.TransactionConfig = {}): SqlSource<Knex.Transaction> {
  checkTool("fromKnex(knex({ client: 'pg', … }))", given, METHODS);
  kinds.optionsOf('fromKnex', options, KINDS);
  const knex = originalOf(given);
  checkDialect('fromKnex', dialectOf(knex), ['postgresql'], "give one of `client: 'pg'`");
  if (knex.isTransaction === true) throw oneConnection('a transaction of Knex', 'Give the Knex that it was begun on.');
  return {
    ...clientOf(knex),
    of: knex,
    // Without doNotRejectOnRollback: false Knex resolves when the application rolls back by hand.
    transaction: (work) =>
      knex.transaction((trx) => work({ ...clientOf(trx), connection: () => connectionOf(trx) }, trx), {
        doNotRejectOnRollback: false,
        ...options,
      }),
  };
}

/** How to run statements on it, or on one of its transactions. */
export function clientOf(knex: Knex): SqlClient {
  const isTransaction = knex.isTransaction === true;
  // A transaction does not know the pool that its connection is of.
  if (!isTransaction) guardKnex(knex);
  return {
    async query(text, values) {
      const asked = withQuestionMarks(text, values);
      const raw = knex.raw(asked.text, asked.values as Knex.RawBinding[]);
      let seen: Answer | undefined;
      // The driver's own, which no `postProcessResponse` has been at.
      raw.on('query-response', (_processed: unknown, { response }: { response?: Answer }) => (seen = response));
      const processed = (await raw) as Answer;
      return seen ?? processed;
    },
    connection: () => (isTransaction ? connectionOf(knex) : undefined),
  };
}

/** Cockroach, too, speaks the dialect of Postgres; which client it is says the name of its driver. */
function dialectOf({ client }: Knex): unknown {
  const { dialect, driverName } = (client ?? {}) as { readonly dialect?: unknown; readonly driverName?: unknown };
  return driverName === 'cockroachdb' ? driverName : dialect;
}

/** The connection of a transaction: its client acquires no other. */
export function connectionOf(trx: Knex): Promise<DriverConnection> {
  return (trx.client as Knex.Client).acquireConnection() as Promise<DriverConnection>;
}

type Answer = Awaited<ReturnType<SqlClient['query']>>;

const OWN = new Set(['destroy', 'initialize', 'then']);

/** Knex for services to inject: in a transactional request it is its transaction, elsewhere itself. `transaction` is a savepoint there. */
export function joining<Db extends Knex>(knex: Db): Db {
  checkTool('joining(knex)', knex, METHODS);
  // A transaction that Knex has ended refuses by itself.
  return joiningWith(knex, { joins: (name) => !OWN.has(name), late: (trx) => trx });
}
