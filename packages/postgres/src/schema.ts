/** The schema: versioned steps of SQL, and a function that brings a database to the newest. */
import { type NameOptions, type Names, namesOf } from './names.js';
import { checkSource } from './options.js';
import { numberIn } from './rows.js';
import { SLOTS } from './schema-slots.js';
import type { SqlClient, SqlSource } from './sql-client.js';

/** Each is a file of `sql/` as well. */
const STEPS = [SLOTS] as const;

/** The version that this release works with. */
export const SCHEMA_VERSION = STEPS.length;

/** One step of the schema. */
export interface SchemaStep {
  readonly version: number;
  readonly statements: readonly string[];
}

/** The steps as statements under the names given, for those who run them with a tool of their own; record each in `<table>_schema`. */
export function schemaSteps(options: NameOptions = {}): readonly SchemaStep[] {
  const names = namesOf(options);
  return STEPS.map((step, index) => ({
    version: index + 1,
    statements: renamed(step, names, options)
      .split(/;\s*\n\s*\n/)
      .map((statement) => statement.trim().replace(/;$/, ''))
      .filter((statement) => statement !== ''),
  }));
}

/**
 * Creates the schema or brings it up to date, in one transaction. Any number of processes may call it at once: one works, the others
 * wait and find it done. Needs the right to create in the schema, or to create the schema itself.
 */
export async function migrate(source: SqlSource, options: NameOptions = {}): Promise<void> {
  checkSource('migrate', source);
  const names = namesOf(options);
  await source.transaction(async (sql) => {
    await sql.query('SELECT CAST(pg_advisory_xact_lock(CAST($1 AS bigint)) AS text)', [
      names.digest('migrate').readBigInt64BE().toString(),
    ]);
    const applied = await appliedVersion(sql, names, options);
    for (const { version, statements } of schemaSteps(options)) {
      if (version <= applied) continue;
      for (const statement of statements) await sql.query(statement, []);
      await sql.query(`INSERT INTO ${names.of('schema')} (version) VALUES (CAST($1 AS integer)) ON CONFLICT DO NOTHING`, [
        version,
      ]);
    }
  });
}

async function appliedVersion(sql: SqlClient, names: Names, { schema = 'public' }: NameOptions): Promise<number> {
  const known = await sql.query('SELECT 1 AS known FROM pg_namespace WHERE nspname = CAST($1 AS text)', [schema]);
  // CREATE SCHEMA IF NOT EXISTS needs the right to create it even where it exists.
  if (known.rows.length === 0) await sql.query(`CREATE SCHEMA IF NOT EXISTS ${names.schema}`, []);
  await sql.query(
    `CREATE TABLE IF NOT EXISTS ${names.of('schema')} (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())`,
    [],
  );
  const { rows } = await sql.query(`SELECT CAST(max(version) AS text) AS version FROM ${names.of('schema')}`, []);
  return numberIn(rows[0] ?? {}, 'version') ?? 0;
}

/** The steps are written for the default names, so that they also run as they are. */
function renamed(step: string, names: Names, { table = 'idempotency' }: NameOptions): string {
  return step
    .replace(/"public"\."idempotency(?:_(\w+))?"/g, (_, suffix: string | undefined) =>
      suffix === undefined ? names.table : names.of(suffix),
    )
    .replace(/"idempotency_(\w+)"/g, `"${table}_$1"`);
}
