/** What this package asks of the application's database tool: to run a statement, and to share a transaction. */

/** One row, as drivers give it. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement. `$1` stands for `values[0]`; bytes are given as `Buffer`. */
export interface SqlClient {
  query(text: string, values: readonly unknown[]): Promise<{ readonly rows: readonly Row[] }>;
}

/** The application's tool. `query` commits at once; `Tx` is what the tool hands to those who work in a transaction. */
export interface SqlSource<Tx = unknown> extends SqlClient {
  /**
   * Runs `work` in a new transaction of its own connection, and commits it when `work` resolves.
   * Rejects with what `work` rejected with, rolled back; rejects also when the commit did not happen.
   */
  transaction<R>(work: (sql: SqlClient, tx: Tx) => Promise<R>): Promise<R>;
}
