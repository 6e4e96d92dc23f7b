/**
 * Runs every row and writes docs/proof.md: `npm run prove [-- --short] [--only WORD]`. `--only` runs the rows that have the word in
 * them; the page is then made of all rows that were run at this commit, and names the others. A short run writes only to the screen.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem, type as system } from 'node:os';
import { fileURLToPath } from 'node:url';
import { askedOf } from '../../tools/asked.js';
import { flag, named } from '../../tools/options.js';
import { page } from './page.js';
import { keepOutcome, keptOutcomes } from './kept-outcomes.js';
import type { Row, RowOutcome } from './row.js';
import { rows } from './rows.js';
import { runRow } from './run-row.js';

const { short: isShort, only: wanted } = askedOf({
  command: 'npm run prove --',
  does: 'Runs the rows of the proof and writes docs/proof.md.',
  options: {
    short: flag('runs smaller versions, and writes only to the screen'),
    only: named(rows, 'words of a row', ({ title, command }) => `${title} (${command})`),
  },
});

const said = (command: string, ...args: string[]): string => {
  const { error, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return error ? `no ${command}` : (stdout.trim().split('\n')[0] ?? '');
};

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

/** One row after another. */
async function inTurn(lane: readonly Row[]): Promise<RowOutcome[]> {
  const ended: RowOutcome[] = [];
  for (const row of lane) {
    console.log(`… ${row.title}`);
    const outcome = await runRow(row, isShort, rows.indexOf(row) + 1);
    ended.push(outcome);
    if (!isShort) keepOutcome(outcome, commit);
    console.log(`${outcome.isProven ? 'ok    ' : 'FAILED'} ${row.title}: ${outcome.figure} (${outcome.seconds} s)`);
  }
  return ended;
}

const lanes = await Promise.all([
  inTurn(wanted.filter(({ isBeside }) => isBeside !== true)),
  inTurn(wanted.filter(({ isBeside }) => isBeside === true)),
]);
const outcomes = isShort ? lanes.flat() : keptOutcomes(rows, commit);
const missing = rows.filter((row) => !outcomes.some((outcome) => outcome.row === row));

const written = page(
  {
    day: new Date().toISOString().slice(0, 10),
    commit,
    versions: `Node ${process.versions.node}; ${said('psql', '--version')}; ${said('spin', '-V')}; Redis as \`test/servers/redis.ts\` finds or installs it`,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${system()}`,
    isShort,
  },
  outcomes,
  missing,
);
if (isShort) console.log(written);
else writeFileSync(fileURLToPath(new URL('../../docs/proof.md', import.meta.url)), written);
const failed = outcomes.filter(({ isProven }) => !isProven).length;
console.log(`${outcomes.length - failed} of ${outcomes.length} rows proven`);
process.exitCode = failed === 0 && outcomes.length > 0 ? 0 : 1;
