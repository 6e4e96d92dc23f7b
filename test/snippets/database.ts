/** What pages show of the database: the statements of a request, and statements to run. */
import assert from 'node:assert/strict';
import pg from 'pg';

/** Every statement that this process has sent by `pg`, without quotation marks and the schema. */
const sent: string[] = [];
const query = Reflect.get(pg.Client.prototype, 'query') as (...given: unknown[]) => unknown;
pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  const [statement] = given as [string | { text?: string }];
  const text = typeof statement === 'string' ? statement : (statement?.text ?? '');
  sent.push(
    text
      .replaceAll('"', '')
      .replaceAll(/\bpublic\./g, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
  return query.apply(this, given);
} as typeof pg.Client.prototype.query;

/** Whether the statements that `shown` has one a line, `…` for what it leaves out, were sent one right after another. */
export function sentInTurn(shown: string): void {
  const patterns = shown
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/)[0]!)
    .map((statement) => new RegExp(statement.split('…').map(escaped).join('.*')));
  const found = sent.some((_, at) => patterns.every((pattern, index) => pattern.test(sent[at + index] ?? '')));
  assert.ok(found, `They were not sent in turn; what was sent:\n${sent.join('\n')}`);
}

const escaped = (text: string): string => text.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Runs `text`; of a job for pg_cron, which is not there, the job. */
export async function runSql(text: string): Promise<void> {
  const [, job] = /^SELECT cron\.schedule\(.*\$\$([\s\S]*)\$\$\);\s*$/.exec(text) ?? [];
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  try {
    await client.query(job ?? text);
  } finally {
    await client.end();
  }
}

/** How many orders of `item` there are. */
export async function countOrders(item: string): Promise<number> {
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM orders WHERE item = $1', [item]);
  await client.end();
  return rows[0]!.count;
}
