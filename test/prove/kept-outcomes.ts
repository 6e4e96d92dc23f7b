/** Outcomes of rows, kept by commit, so that the proof can be run in pieces where an hour is too long. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row, RowOutcome } from './row.js';

const FOLDER = fileURLToPath(new URL('../../reports/prove', import.meta.url));

type Kept = Omit<RowOutcome, 'row'> & { readonly commit: string };

export function keepOutcome({ row: _, ...outcome }: RowOutcome, commit: string): void {
  mkdirSync(FOLDER, { recursive: true });
  const name = outcome.command.replaceAll(/[^a-z0-9]+/gi, '-');
  writeFileSync(join(FOLDER, `${name}.json`), JSON.stringify({ ...outcome, commit } satisfies Kept));
}

/** What is known of `rows` at `commit`, in their order. A row whose command has changed since is not known. */
export function keptOutcomes(rows: readonly Row[], commit: string): RowOutcome[] {
  const kept = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Kept)
    .filter((one) => one.commit === commit);
  return rows.flatMap((row) => {
    const found = kept.find(({ command }) => command === row.command);
    return found ? [{ ...found, row }] : [];
  });
}
