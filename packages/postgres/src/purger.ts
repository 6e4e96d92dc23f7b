/** Deletes what is over, a little at a time, in whichever process gets the turn. */
import type { Names } from './names.js';
import { isIn, numberIn } from './rows.js';
import type { SqlClient } from './sql-client.js';

export interface PurgeOptions {
  /** How often this process tries to purge. Default 60,000; `false` leaves it to a job of the database, see the README. */
  readonly purgeEveryMs?: number | false;
  /** Told when purging fails; it is tried again at the next turn. Default: a process warning. */
  readonly onPurgeError?: (cause: unknown) => void;
}

/** Rows deleted by one statement: few enough that no other statement notices. */
const BATCH = 500;
const PAUSE_MS = 100;

/**
 * Deletes at most `batch` rows whose record has expired and whose lease and its trace are over. Returns how many,
 * or `undefined` when another process is purging.
 */
export async function purge(sql: SqlClient, names: Names, batch = BATCH): Promise<number | undefined> {
  const turn = names.digest('purge').readBigInt64BE().toString();
  const { rows } = await sql.query(
    `WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(CAST($1 AS bigint)) AS is_mine), gone AS (
      DELETE FROM ${names.table} WHERE slot = ANY (ARRAY(
        SELECT r.slot FROM ${names.table} AS r, turn WHERE turn.is_mine AND r.purge_after < statement_timestamp()
          AND (r.record_ends IS NULL OR r.record_ends <= statement_timestamp())
          AND (r.token IS NULL OR r.lease_ends + r.trace_ms * interval '1 millisecond' <= statement_timestamp())
        ORDER BY r.purge_after LIMIT CAST($2 AS integer) FOR UPDATE OF r SKIP LOCKED))
      RETURNING 1)
    SELECT (SELECT CAST(is_mine AS text) FROM turn) AS mine, CAST(count(*) AS text) AS purged FROM gone`,
    [turn, batch],
  );
  const turned = rows[0] ?? {};
  return isIn(turned, 'mine') ? numberIn(turned, 'purged') : undefined;
}

/** Purges from time to time, without keeping the process alive. */
export class Purger {
  #timer: NodeJS.Timeout | undefined;
  readonly #everyMs: number | false;
  readonly #onError: (cause: unknown) => void;

  constructor(
    private readonly sql: SqlClient,
    private readonly names: Names,
    { purgeEveryMs = 60_000, onPurgeError = warn }: PurgeOptions,
  ) {
    this.#everyMs = purgeEveryMs;
    this.#onError = onPurgeError;
    this.#plan();
  }

  /** Begins again after a stop. */
  start(): void {
    if (!this.#timer) this.#plan();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #plan(afterMs = this.#everyMs): void {
    if (afterMs !== false) this.#timer = setTimeout(() => void this.#turn(), afterMs).unref();
  }

  async #turn(): Promise<void> {
    const own = this.#timer;
    let purged: number | undefined;
    try {
      purged = await purge(this.sql, this.names);
    } catch (cause) {
      this.#onError(cause);
    }
    if (this.#timer === own) this.#plan(purged === BATCH ? PAUSE_MS : undefined);
  }
}

const warn = (cause: unknown): void =>
  process.emitWarning(`Idempotency records could not be purged: ${String(cause)}`, { code: 'IDEMPOTENCY_PURGE' });
