/** What this package asks of the application's database tool: to run a statement, and to share a transaction. */

/** One row, as drivers give it. */
export type Row = Readonly<Record<string, unknown>>;

/** The driver's own connection under a tool's transaction, as a `pg` client is. */
export interface DriverConnection {
  on(event: 'error', told: (cause: Error) => void): unknown;
  off(event: 'error', told: (cause: Error) => void): unknown;
  /** Ends the session; whoever asks it afterwards is refused. */
  end(): Promise<unknown>;
}

/** Runs one statement. `$1` stands for `values[0]`; bytes are given as `Buffer`. */
export interface SqlClient {
  query(text: string, values: readonly unknown[]): Promise<{ readonly rows: readonly Row[] }>;
  /**
   * The connection under it, where the tool lets it be seen: it is watched while the transaction lasts, and destroyed if that must end
   * at once. Asked at the beginning, and again as soon as the number of its process, `pid`, is known.
   */
  connection?(pid?: number): DriverConnection | undefined | Promise<DriverConnection | undefined>;
}

/** The application's tool. `query` commits at once; `Tx` is what the tool hands to those who work in a transaction. */
export interface SqlSource<Tx = unknown> extends SqlClient {
  /** The tool itself, by which `joining` knows whose transaction it is. */
  readonly of?: object;
  /** The tool hands its running transaction to those who work below it by itself, so that nobody has to ask for it. */
  readonly joinsByItself?: boolean;
  /**
   * Runs `work` in a new transaction of its own connection, and commits it when `work` resolves.
   * Rejects with what `work` rejected with, rolled back; rejects also when the commit did not happen.
   */
  transaction<R>(work: (sql: SqlClient, tx: Tx) => Promise<R>): Promise<R>;
}
