/**
 * `npm run test:nest11 -- [paths]`: tests of this repository on Nest 11, which itself is on Nest 12. Copies the files into a temporary
 * folder, asks for the older line in every manifest there, and installs and runs what came of it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedOf } from '../../tools/asked.js';
import { several } from '../../tools/options.js';
import { filesBelow, root, shown } from '../architecture/workspace.js';
import { runSuite } from '../nodes/run.js';
import { copyInstalled, versionIn } from './copy.js';

/** The packages of Nest that have the version of their line of Nest, and one that had its own before. */
const OLDER = /"@nestjs\/(common|core|platform-express|platform-fastify|swagger|testing|cache-manager)": "\^12[^"]*"/g;

/** `manifest` with Nest 11 in the place of Nest 12. */
const older = (manifest: string): string =>
  manifest.replace(OLDER, (_, name: string) => `"@nestjs/${name}": "^${name === 'cache-manager' ? 3 : 11}.0.0"`);

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
  await copyInstalled(folder, older);
  const version = await versionIn(folder, '@nestjs/core');
  if (!version.startsWith('11.')) throw new Error(`Nest ${version} was installed in the place of Nest 11.`);
  console.log(`\n== Nest ${version}: ${paths.join(' ')}`);
  const { passed, failed, skipped } = await runSuite(process.execPath, join(folder, 'result.json'), folder, paths);
  console.log(`\nNest ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
