/**
 * `npm run test:nodes -- [versions]`: the whole suite and the published packages on other lines of Node, 22 and 24 unless
 * told. Brings the binaries by npm; prints the matrix as Markdown at the end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedOf } from '../../tools/asked.js';
import { several } from '../../tools/options.js';
import { command } from '../published/command.js';
import { binary } from './binary.js';
import { runPublished, runSuite, type Published, type Suite } from './run.js';

interface Row {
  readonly version: string;
  readonly suite: Suite;
  readonly published: Published;
}

/** What one line of Node came to, for the columns of the table. */
function shownRow({ version, suite, published }: Row): string {
  const projects = (nest: 11 | 12, platform: string) => {
    const [passed, all] = published.replays(nest, platform);
    return all > 0 && passed === all ? 'yes' : `${passed} of ${all}`;
  };
  const cells = [
    version,
    `${suite.passed} passed, ${suite.failed} failed, ${suite.skipped} skipped`,
    `${published.passed} of ${published.all}`,
  ];
  for (const nest of [11, 12] as const) for (const platform of ['express', 'fastify']) cells.push(projects(nest, platform));
  return `| ${cells.join(' | ')} |`;
}

const { versions } = askedOf({
  command: 'npm run test:nodes --',
  does: 'Runs the whole suite and the published checks on other lines of Node, and prints the matrix.',
  options: {
    versions: several(
      {
        value: 'VERSION',
        means: 'lines or versions of Node',
        takes: 'those that the packages support: 20, 22, 24 and later, such as 24 or 24.1.0',
        isTaken: (version) => /^(20|22|2[4-9]|[3-9]\d)(\.\d+){0,2}$/.test(version),
      },
      ['22', '24'],
    ),
  },
  unnamed: ['versions'],
});
const folder = await mkdtemp(join(tmpdir(), 'nodes-'));
const rows: Row[] = [];
try {
  for (const version of versions) {
    const node = await binary(folder, version);
    const exact = (await command(folder, node, '--version')).trim();
    console.log(`\n== Node ${exact}: the suite`);
    const suite = await runSuite(node, join(folder, `${version}.json`));
    console.log(`\n== Node ${exact}: the published packages`);
    rows.push({ version: exact, suite, published: await runPublished(node) });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(
  '\n| Node | suite (Nest 12, both platforms) | published checks | Nest 11 Express | Nest 11 Fastify | Nest 12 Express | Nest 12 Fastify |',
);
console.log('|---|---|---|---|---|---|---|');
for (const row of rows) console.log(shownRow(row));
const isWhole = ({ suite, published }: Row): boolean =>
  suite.passed > 0 && suite.failed === 0 && published.passed === published.all;
process.exitCode = rows.every(isWhole) ? 0 : 1;
