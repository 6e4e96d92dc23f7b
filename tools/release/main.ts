/**
 * `npm run release -- --dry-run`: all of a release that comes before publishing, on a copy of the last commit: versions by the
 * changesets, build, tarballs, and the checks of `npm run test:published` on them. Nothing of it is written into this tree.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { askedOf } from '../asked.js';
import { flag, text } from '../options.js';
import { root } from '../repository.js';
import { copyOf, uncommitted } from './copy.js';
import { packagesOf, planOf } from './packages.js';

const BY_A_PERSON = `Publishing is a person's decision: no command of this repository does it. On main, where .ci/run has passed:
  1. npx changeset version && npm install --package-lock-only && node tools/complete-lock.js
     and give what is "Unreleased" in CHANGELOG.md the version; commit that, and let .ci/run pass on it.
  2. npm run release -- --dry-run --into FOLDER
  3. npm publish FOLDER/TARBALL, for each in the order that was printed.
  4. npx changeset tag && git push --follow-tags`;

const asked = askedOf({
  command: 'npm run release --',
  does: 'Does all of a release that comes before publishing, on a copy of the last commit, and says what would be published.',
  options: {
    'dry-run': flag('stops before publishing; there is no other way to run it'),
    into: text({
      value: 'FOLDER',
      means: 'leaves the tarballs there',
      takes: 'a folder, which is made where there is none',
      isTaken: (folder) => folder !== '',
    }),
  },
  wrongTogether: (given) => (given['dry-run'] ? undefined : BY_A_PERSON),
});

function inCopy(copy: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(process.execPath, args, { cwd: copy, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: nothing is to be published of this commit.`);
}

function dryRun(copy: string): void {
  copyOf(root, copy);
  const before = packagesOf(copy);
  const changesets = readdirSync(join(copy, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md').length;
  if (changesets > 0) inCopy(copy, 'node_modules/@changesets/cli/bin.js', 'version');
  inCopy(copy, 'tools/run.js', 'test/published/main.ts', '--into', resolve(asked.into ?? join(copy, 'tarballs')));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  console.log(`\nNothing was published. Of ${commit} this would be:\n`);
  console.log(`${planOf(before, packagesOf(copy), changesets)}\n\n${BY_A_PERSON}`);
}

const left = uncommitted(root);
if (left.length > 0) {
  console.error(`A release is made of a commit, and these are in none:\n${left.join('\n')}`);
  process.exitCode = 1;
} else {
  const copy = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    dryRun(copy);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
