/** A source that counts what goes to the database. */
import type { SqlClient, SqlSource } from '@nestjs-idempotency/postgres';

export interface Counting<Tx> {
  readonly source: SqlSource<Tx>;
  /** Statements and transactions since it was last asked. */
  counted(): { statements: number; transactions: number };
}

export function counting<Tx>(source: SqlSource<Tx>): Counting<Tx> {
  let statements = 0;
  let transactions = 0;
  const counted = (sql: SqlClient): SqlClient => ({
    query(text, values) {
      statements += 1;
      return sql.query(text, values);
    },
  });
  return {
    source: {
      ...counted(source),
      transaction(work) {
        transactions += 1;
        return source.transaction((sql, tx) => work(counted(sql), tx));
      },
    },
    counted() {
      const now = { statements, transactions };
      statements = transactions = 0;
      return now;
    },
  };
}
