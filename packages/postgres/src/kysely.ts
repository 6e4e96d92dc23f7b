/** For Kysely: handlers get the `Transaction`. */
import { CompiledQuery, type IsolationLevel, type Kysely, type Transaction } from 'kysely';
import type { Row, SqlClient, SqlSource } from './sql-client.js';

/** Shares transactions of `db`, which must be of the PostgreSQL dialect. */
export function fromKysely<DB>(
  db: Kysely<DB>,
  { isolation }: { readonly isolation?: IsolationLevel } = {},
): SqlSource<Transaction<DB>> {
  return {
    ...clientOf(db),
    transaction(work) {
      const transaction = db.transaction();
      return (isolation === undefined ? transaction : transaction.setIsolationLevel(isolation)).execute((trx) =>
        work(clientOf(trx), trx),
      );
    },
  };
}

/** How to run statements on it, or on one of its transactions. */
export const clientOf = <DB>(db: Kysely<DB>): SqlClient => ({
  query: (text, values) => db.executeQuery<Row>(CompiledQuery.raw(text, [...values])),
});
