/**
 * `npm run test:nest11 -- [paths]`: tests of this repository on Nest 11, which itself is on Nest 12. Copies the files into a temporary
 * folder, asks for the older line in every manifest there, and installs and runs what came of it.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { askedOf } from '../../tools/asked.js';
import { several } from '../../tools/options.js';
import { filesBelow, root, shown } from '../architecture/workspace.js';
import { runSuite } from '../nodes/run.js';
import { command } from '../published/command.js';

/** The packages of Nest that have the version of their line of Nest, and one that had its own before. */
const OLDER = /"@nestjs\/(common|core|platform-express|platform-fastify|swagger|testing|cache-manager)": "\^12[^"]*"/g;

/** `manifest` with Nest 11 in the place of Nest 12. */
const older = (manifest: string): string =>
  manifest.replace(OLDER, (_, name: string) => `"@nestjs/${name}": "^${name === 'cache-manager' ? 3 : 11}.0.0"`);

async function copyTo(folder: string): Promise<void> {
  for (const file of filesBelow(root)) {
    const copied = join(folder, relative(root, file));
    await mkdir(dirname(copied), { recursive: true });
    if (file.endsWith('package.json')) await writeFile(copied, older(await readFile(file, 'utf8')));
    else await copyFile(file, copied);
  }
}

async function versionIn(folder: string): Promise<string> {
  const manifest = await readFile(join(folder, 'node_modules/@nestjs/core/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

const specs = filesBelow(root)
  .map(shown)
  .filter((file) => file.endsWith('.spec.ts'));
const holdsSpecs = (path: string): boolean =>
  specs.some((spec) => spec === path || spec.startsWith(`${path.replace(/\/$/, '')}/`));

const { paths } = askedOf({
  command: 'npm run test:nest11 --',
  does: 'Runs tests of this repository on Nest 11, installed into a temporary folder.',
  options: {
    paths: several({ value: 'PATH', means: 'where the tests are', takes: 'folders and files with specs', isTaken: holdsSpecs }, [
      'packages/nestjs',
      'test/e2e',
      'test/parity',
      'test/standard',
    ]),
  },
  unnamed: ['paths'],
});
const folder = await mkdtemp(join(tmpdir(), 'nest11-'));
try {
  await copyTo(folder);
  // Everything else as it is locked; npm takes the peers of the Nest that is locked there for those of the one that takes its place.
  await command(folder, 'npm', 'install', '--no-audit', '--no-fund', '--legacy-peer-deps');
  const version = await versionIn(folder);
  if (!version.startsWith('11.')) throw new Error(`Nest ${version} was installed in the place of Nest 11.`);
  console.log(`\n== Nest ${version}: ${paths.join(' ')}`);
  const { passed, failed, skipped } = await runSuite(process.execPath, join(folder, 'result.json'), folder, paths);
  console.log(`\nNest ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
