/** The statements on the table, each one round trip and atomic by itself. Time is the database's `clock_timestamp()` throughout. */
import { channelOf, type Names } from './names.js';

export type Statements = Readonly<
  Record<
    | 'open'
    | 'openInside'
    | 'state'
    | 'renew'
    | 'release'
    | 'find'
    | 'saveNew'
    | 'saveHeld'
    | 'save'
    | 'resave'
    | 'replace'
    | 'terminate'
    | 'status',
    string
  >
>;

/**
 * Writes every parameter as a cast: no tool has to guess its type, and none reads `::` as a parameter of its own. What is read of an
 * answer is a text in a column of one word: applications change how other types are read, and how longer names are written.
 */
export function statementsFor(names: Names): Statements {
  const t = names.table;
  const slot = 'CAST($1 AS bytea)';
  const token = 'CAST($2 AS text)';
  const ms = (parameter: number): string => `CAST($${parameter} AS double precision) * interval '1 millisecond'`;
  const isLeased = (r: string): string => `(${r}.token IS NOT NULL AND ${r}.lease_ends > clock_timestamp())`;
  const isKept = (r: string): string => `(${r}.record IS NOT NULL AND ${r}.record_ends > clock_timestamp())`;
  const traceEnds = (r: string): string => `${r}.lease_ends + ${r}.trace_ms * interval '1 millisecond'`;
  // Somebody waits if a listening connection shares the lock; commits that notify queue up behind one another, so no others do.
  const isAwaited = (parameter: number): string => `NOT pg_try_advisory_xact_lock(CAST($${parameter} AS bigint))`;
  const tell = (parameter: number): string => `pg_notify('${channelOf(names)}', CAST($${parameter} AS text))`;
  const notify = (first: number, happened: string): string =>
    `(SELECT count(*) FROM (SELECT ${tell(first)} WHERE ${happened} AND ${isAwaited(first + 1)}) AS notified) AS notified`;
  const returnNotified = `RETURNING CASE WHEN ${isAwaited(6)} THEN ${text(tell(5))} END AS notified`;
  // A transaction that the handler ended itself is not the one in which the slot was opened; what came after it commits by itself.
  const isSame = (parameter: number): string =>
    `(CAST($${parameter} AS text) IS NULL OR CAST(txid_current() AS text) = CAST($${parameter} AS text))`;
  // A transaction wins over lapsed leases only; whoever held one must not take the slot for its own again.
  const written = (excluded: string): string => `record = ${excluded}.record, record_ends = ${excluded}.record_ends,
      token = CASE WHEN CAST($7 AS text) IS NULL THEN NULLIF(r.token, CAST($4 AS text)) END, purge_after = GREATEST(${excluded}.purge_after, r.purge_after)`;
  const insertIn = (xact: number): string => `INSERT INTO ${t} AS r (slot, record, record_ends, purge_after)
    SELECT ${slot}, CAST($2 AS bytea), clock_timestamp() + ${ms(3)}, clock_timestamp() + ${ms(3)} WHERE ${isSame(xact)}`;
  const insert = `${insertIn(7)}
    ON CONFLICT (slot) DO UPDATE SET ${written('excluded')}`;
  const saveWhere = (mayWrite: string): string => `WITH saved AS (
    ${insert} WHERE ${mayWrite} RETURNING 1
  ), ended AS (
    UPDATE ${t} SET token = NULL WHERE slot = ${slot} AND token = CAST($4 AS text) AND NOT EXISTS (SELECT FROM saved)
      AND ${isSame(7)} RETURNING 1
  )
  SELECT ${text('EXISTS (SELECT FROM saved)')} AS saved, ${text(`NOT ${isSame(7)}`)} AS another, EXISTS (SELECT FROM ended) AS ended,
    (SELECT ${hex('r.record')} FROM ${t} AS r WHERE r.slot = ${slot} AND ${isKept('r')} AND NOT EXISTS (SELECT FROM saved)) AS record,
    ${notify(5, 'EXISTS (SELECT FROM saved)')}`;

  return {
    // Replays and refusals only read. A claim decides on the row as it is when it is locked, not as it was first seen.
    open: `WITH seen AS MATERIALIZED (
    SELECT r.fingerprint, r.lease_ends, CASE WHEN ${isKept('r')} THEN r.record END AS record,
      ${isLeased('r')} AND r.token <> ${token} AS is_held
    FROM ${t} AS r WHERE r.slot = ${slot}
  ), claimed AS (
    INSERT INTO ${t} AS r (slot, token, fingerprint, attempt, lease_ends, trace_ms, purge_after)
    SELECT ${slot}, ${token}, CAST($3 AS text), 1, clock_timestamp() + ${ms(4)}, CAST($5 AS double precision),
      clock_timestamp() + ${ms(4)} + ${ms(5)}
    WHERE NOT EXISTS (SELECT FROM seen WHERE is_held OR (record IS NOT NULL AND NOT CAST($6 AS boolean)))
    ON CONFLICT (slot) DO UPDATE SET
      attempt = CASE WHEN r.token = excluded.token THEN r.attempt
        WHEN r.token IS NOT NULL AND ${traceEnds('r')} > clock_timestamp() THEN r.attempt + 1 ELSE 1 END,
      token = excluded.token, fingerprint = excluded.fingerprint, trace_ms = excluded.trace_ms,
      lease_ends = clock_timestamp() + ${ms(4)},
      record = CASE WHEN ${isKept('r')} THEN r.record END, record_ends = CASE WHEN ${isKept('r')} THEN r.record_ends END,
      purge_after = GREATEST(clock_timestamp() + ${ms(4)} + ${ms(5)}, r.record_ends)
    WHERE (NOT ${isLeased('r')} OR r.token = excluded.token) AND (CAST($6 AS boolean) OR NOT ${isKept('r')})
    RETURNING r.attempt, r.record
  )
  SELECT ${text('attempt')} AS attempt, ${hex('record')} AS record, CAST(NULL AS text) AS holder, CAST(NULL AS text) AS remaining FROM claimed
  UNION ALL
  SELECT NULL, ${hex('record')}, CASE WHEN is_held THEN fingerprint END,
    CASE WHEN is_held THEN ${text('extract(epoch FROM lease_ends - clock_timestamp()) * 1000')} END
  FROM seen WHERE (is_held OR record IS NOT NULL) AND NOT EXISTS (SELECT FROM claimed)`,

    openInside: `SELECT ${hex('kept')} AS record, outcome, held_by AS holder, ${text('left_ms')} AS remaining,
    CASE WHEN outcome = 'won' THEN CAST(txid_current() AS text) END AS xact,
    CASE WHEN outcome = 'won' THEN ${text('pg_backend_pid()')} END AS pid FROM ${names.of('open')}(
    ${slot}, CAST($2 AS bigint), CAST($3 AS integer), CAST($4 AS integer), CAST($5 AS boolean))`,

    renew: `UPDATE ${t} SET lease_ends = clock_timestamp() + ${ms(3)} WHERE slot = ${slot} AND token = ${token} RETURNING 1 AS renewed`,

    release: `WITH gone AS (
    DELETE FROM ${t} WHERE slot = ${slot} AND token = ${token} AND (record IS NULL OR record_ends <= statement_timestamp())
    RETURNING 1
  ), freed AS (
    UPDATE ${t} SET token = NULL WHERE slot = ${slot} AND token = ${token} AND record_ends > statement_timestamp() RETURNING 1
  )
  SELECT ${notify(3, 'EXISTS (SELECT FROM gone) OR EXISTS (SELECT FROM freed)')}`,

    find: `SELECT ${hex('r.record')} AS record FROM ${t} AS r WHERE r.slot = ${slot} AND ${isKept('r')}`,

    state: `SELECT ${text(isKept('r'))} AS kept, ${text(isLeased('r'))} AS leased FROM ${t} AS r WHERE r.slot = ${slot}`,

    // Nearly every save is one of these two. Where they write nothing `save` tells why, which takes the server twice as long, most of it
    // to plan. A row that a strict transaction cannot see is a serialization failure to both.
    saveNew: `${insertIn(4)}
    ON CONFLICT DO NOTHING ${returnNotified}`,

    saveHeld: `UPDATE ${t} AS r SET record = CAST($2 AS bytea), record_ends = clock_timestamp() + ${ms(3)}, token = NULL,
      purge_after = GREATEST(clock_timestamp() + ${ms(3)}, r.purge_after)
    WHERE r.slot = ${slot} AND r.token = CAST($4 AS text) AND NOT ${isKept('r')} ${returnNotified}`,

    save: saveWhere(`NOT ${isKept('r')}`),

    resave: saveWhere(`NOT ${isKept('r')} OR r.token = CAST($4 AS text)`),

    replace: `WITH replaced AS (${insert} RETURNING 1)
  SELECT ${text(`NOT ${isSame(7)}`)} AS another, ${notify(5, 'EXISTS (SELECT FROM replaced)')}`,

    status: 'SELECT txid_status(CAST($1 AS bigint)) AS status',

    // Only while it still runs that very transaction: its number may be another's by now, or its connection another request's.
    terminate: `SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
  WHERE pid = CAST($1 AS integer) AND CAST(backend_xid AS text) = CAST(CAST($2 AS bigint) % 4294967296 AS text)`,
  };
}

const text = (value: string): string => `CAST(${value} AS text)`;
const hex = (value: string): string => `encode(${value}, 'hex')`;
