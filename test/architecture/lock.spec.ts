/** The lock file holds the builds for every platform: npm may drop those it could not fetch, and `npm ci` then refuses the lock. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from './workspace.js';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

it('has an entry for each optional dependency: if not, run `node tools/complete-lock.js`', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  const names = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !names.has(name));
  expect(names.size).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});
