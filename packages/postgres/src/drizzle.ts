/** For Drizzle on `pg`: handlers get the transaction. */
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import { splitAtParameters } from './placeholders.js';
import type { SqlClient, SqlSource } from './sql-client.js';

type Transaction<Schema extends Record<string, unknown>> = Parameters<Parameters<NodePgDatabase<Schema>['transaction']>[0]>[0];

/** Shares transactions of `db`, a database of `drizzle-orm/node-postgres`. */
export function fromDrizzle<Schema extends Record<string, unknown>>(
  db: NodePgDatabase<Schema>,
  config?: PgTransactionConfig,
): SqlSource<Transaction<Schema>> {
  return {
    ...clientOf(db),
    transaction: (work) => db.transaction((tx) => work(clientOf(tx), tx), config),
  };
}

/** How to run statements on it, or on one of its transactions. */
export const clientOf = (db: Pick<NodePgDatabase, 'execute'>): SqlClient => ({
  query(text, values) {
    const { pieces, places } = splitAtParameters(text, values);
    return db.execute(sql.join(pieces.flatMap((piece, i) => [...(i > 0 ? [sql.param(places[i - 1])] : []), sql.raw(piece)])));
  },
});
