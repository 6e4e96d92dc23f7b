/** What is asked of the server at start-up. */
import type { Names } from './names.js';
import { isIn, numberIn, textIn } from './rows.js';
import { SCHEMA_VERSION } from './schema.js';
import type { SqlClient } from './sql-client.js';

/** Rejects where nothing could be kept; resolves with warnings, each naming the danger and the cure. */
export async function checkServer(sql: SqlClient, names: Names): Promise<readonly string[]> {
  const { rows } = await sql.query(
    `SELECT CAST(to_regclass($1) IS NOT NULL AS text) AS there, CAST(pg_is_in_recovery() AS text) AS replica,
      current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('transaction_read_only') AS readonly,
      (SELECT CAST(relpersistence AS text) FROM pg_class WHERE oid = to_regclass($1)) AS persistence`,
    [names.table],
  );
  const server = rows[0] ?? {};
  if (isIn(server, 'replica') || textIn(server, 'readonly') === 'on')
    throw new Error('Postgres: this connection is read-only or goes to a replica. Idempotency needs the primary.');
  if (!isIn(server, 'there')) throw new Error(`Postgres: there is no table ${names.table}. Run migrate(), or the files in sql/.`);
  const version = await schemaVersion(sql, names);
  if (version < SCHEMA_VERSION)
    throw new Error(`Postgres: ${names.table} is of version ${version}, but ${SCHEMA_VERSION} is needed. Run migrate().`);
  return [
    ...(textIn(server, 'fsync') === 'off' ? ['fsync is off: a crash of the server can lose records. Turn it on.'] : []),
    ...(textIn(server, 'commit') === 'off'
      ? ['synchronous_commit is off: a crash of the server loses the last records, and their requests run again. Turn it on.']
      : []),
    ...(textIn(server, 'persistence') === 'u'
      ? [`${names.table} is unlogged: a crash of the server empties it. SET LOGGED.`]
      : []),
  ];
}

async function schemaVersion(sql: SqlClient, names: Names): Promise<number> {
  const { rows } = await sql.query(`SELECT CAST(max(version) AS text) AS version FROM ${names.of('schema')}`, []);
  return numberIn(rows[0] ?? {}, 'version') ?? 0;
}
