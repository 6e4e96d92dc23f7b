/**
 * `npm run test:drivers -- [words]`: the drivers that applications bring, each in the oldest version that is taken and in the newest of
 * every major, against the tests that are about it: `npm run test:drivers -- ioredis@5`. Prints the table of docs/compatibility.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedOf } from '../../tools/asked.js';
import { named } from '../../tools/options.js';
import { copyInstalled } from '../nest11/copy.js';
import { binary } from '../nodes/binary.js';
import { type Row, ROWS, titleOf } from './rows.js';
import { type Outcome, runRow } from './run.js';

const { drivers } = askedOf({
  command: 'npm run test:drivers --',
  does: 'Runs the tests of each driver on the versions that are supported, installed into a temporary folder.',
  options: { drivers: named(ROWS, 'those whose name and version hold these words', titleOf) },
  unnamed: ['drivers'],
});

const isWhole = ({ passed, failed, isTyped }: Outcome): boolean => passed > 0 && failed === 0 && isTyped;

const shownRow = ({ versions, node, passed, failed, isTyped }: Outcome): string => {
  const installed = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `| ${[installed.join(', '), node, passed, failed, isTyped ? 'yes' : 'no'].join(' | ')} |`;
};

const folder = await mkdtemp(join(tmpdir(), 'drivers-'));
const outcomes: Outcome[] = [];
let broken = 0;
try {
  const copy = join(folder, 'workspace');
  await copyInstalled(copy);
  const nodes = new Map<number | undefined, string>([[undefined, process.execPath]]);
  for (const row of drivers) {
    console.log(`\n== ${titleOf(row)}`);
    try {
      const outcome = await runRow(copy, row, await nodeOf(row, nodes));
      outcomes.push(outcome);
      if (!isWhole(outcome)) broken += 1;
    } catch (error) {
      // Those after it are run all the same.
      broken += 1;
      console.error(`${titleOf(row)} was not run:`, error);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log('\n| driver | Node | passed | failed | compiles |\n|---|---|---:|---:|---|');
for (const outcome of outcomes) console.log(shownRow(outcome));
process.exitCode = outcomes.length > 0 && broken === 0 ? 0 : 1;

/** The Node of this process, unless the driver needs a later line. */
async function nodeOf({ node }: Row, known: Map<number | undefined, string>): Promise<string> {
  const line = node !== undefined && Number(process.versions.node.split('.')[0]) < node ? node : undefined;
  const found = known.get(line) ?? (await binary(folder, String(line)));
  known.set(line, found);
  return found;
}
