/** For Drizzle on `pg`: handlers get the transaction. */
import { kinds } from '@nestjs-idempotency/core';
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import { driverOf, lendTransaction } from './drizzle-lent.js';
import { guard, type PoolLike } from './guarded-pool.js';
import { joiningWith, originalOf } from './joining.js';
import { isPool, oneConnection, refuseClient, WrongSourceError } from './one-connection.js';
import { checkTool } from './options.js';
import { splitAtParameters } from './placeholders.js';
import { afterSiblings } from './side-by-side.js';
import type { DriverConnection, SqlClient, SqlSource } from './sql-client.js';
import { LEVEL, writing } from './transaction-options.js';

type Transaction<Schema extends Record<string, unknown>> = Parameters<Parameters<NodePgDatabase<Schema>['transaction']>[0]>[0];

const KINDS: kinds.KindsOf<PgTransactionConfig> = {
  isolationLevel: LEVEL.small,
  accessMode: writing('read write'),
  deferrable: kinds.bool,
};
const METHODS = ['execute', 'transaction'];

/** Shares transactions of `db`, a database of `drizzle-orm/node-postgres` over a `Pool`. */
export function fromDrizzle<Schema extends Record<string, unknown>>(
  given: NodePgDatabase<Schema>,
  config?: PgTransactionConfig,
): SqlSource<Transaction<Schema>> {
  checkTool('fromDrizzle(drizzle(new Pool({ … })))', given, METHODS);
  if (config !== undefined) kinds.optionsOf('fromDrizzle', config, KINDS);
  const db = originalOf(given);
  if ('rollback' in db) throw oneConnection('a transaction of Drizzle', 'Give the database that it was begun on.');
  return {
    ...clientOf(db),
    of: db,
    transaction: (work) =>
      db.transaction(async (tx) => {
        const lending = lendTransaction(tx);
        try {
          return await work(clientOf(tx), lending.tx);
        } finally {
          // Drizzle itself ends the transaction, on `tx`, after this.
          lending.end();
        }
      }, config),
  };
}

/** How to run statements on it, or on one of its transactions. */
export function clientOf(db: Pick<NodePgDatabase, 'execute'>): SqlClient {
  const driver = driverOf(db);
  refuseOthers(db, driver);
  // A transaction does not know the pool that its connection is of.
  if (isPool(driver)) guard(driver as PoolLike);
  return {
    query(text, values) {
      const { pieces, places } = splitAtParameters(text, values);
      return db.execute(sql.join(pieces.flatMap((piece, i) => [...(i > 0 ? [sql.param(places[i - 1])] : []), sql.raw(piece)])));
    },
    connection: () => (isPool(driver) ? undefined : (driver as DriverConnection | undefined)),
  };
}

const OWN = new Set(['$client', '$cache', '_', 'then']);

/** The database for services to inject: in a transactional request it is its transaction, elsewhere itself. `transaction` is a savepoint there. */
export function joining<Db extends NodePgDatabase<Record<string, unknown>>>(db: Db): Db {
  checkTool('joining(db)', db, METHODS);
  return joiningWith(db, {
    joins: (name) => !OWN.has(name),
    // The transaction runs on a client that was lent, which refuses by itself.
    late: (tx) => tx,
    instead: (tx, name) => (name === 'transaction' ? nesting(tx as NodePgDatabase) : undefined),
  });
}

/** Drizzle gives savepoints of one depth one name, so that those side by side would undo each other. */
const nesting =
  (tx: NodePgDatabase): NodePgDatabase['transaction'] =>
  (...given) =>
    afterSiblings(tx, () => tx.transaction(...given));

/** A database of another driver answers otherwise, or not at all. */
function refuseOthers(db: object, driver: unknown): void {
  // A transaction is over a client; only of it can it be said that it is to be rolled back.
  if ('rollback' in db) return;
  refuseClient(driver, 'Give Drizzle a Pool: drizzle(new Pool({ … })).');
  // Old versions do not show their driver.
  if (driver === undefined || isPool(driver)) return;
  throw new WrongSourceError(
    'postgres: this database of Drizzle is not over a Pool of `pg`. Give one of drizzle-orm/node-postgres: drizzle(new Pool({ … })).',
  );
}
