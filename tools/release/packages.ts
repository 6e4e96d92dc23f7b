/** The packages of a checkout, and what of them would be published. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package as its manifest has it. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Those of ours that it depends on. */
  readonly needs: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What is published of the checkout in `folder`, each after those that it needs. */
export function packagesOf(folder: string): Package[] {
  const manifests = readdirSync(join(folder, 'packages'))
    .map((name) => JSON.parse(readFileSync(join(folder, 'packages', name, 'package.json'), 'utf8')) as Manifest)
    .filter((manifest) => manifest.private !== true);
  const own = new Set(manifests.map(({ name }) => name));
  const packages = manifests.map(({ name, version, dependencies = {} }) => ({
    name,
    version,
    needs: Object.keys(dependencies).filter((needed) => own.has(needed)),
  }));
  return inOrder(packages);
}

/** `packages`, each after those that it needs: who installs one while a release goes on finds the others. */
export function inOrder(packages: readonly Package[]): Package[] {
  const ordered: Package[] = [];
  while (ordered.length < packages.length) {
    const placed = new Set(ordered.map(({ name }) => name));
    const next = packages.filter(({ name, needs }) => !placed.has(name) && needs.every((needed) => placed.has(needed)));
    if (next.length === 0) throw new Error('The packages need one another in a circle.');
    ordered.push(...next);
  }
  return ordered;
}

/** What would be published in the place of `before`: a line for each package, and why its version is the one it is. */
export function planOf(before: readonly Package[], after: readonly Package[], changesets: number): string {
  const old = new Map(before.map(({ name, version }) => [name, version]));
  const width = Math.max(...after.map(({ name }) => name.length));
  const lines = after.map(({ name, version }) => {
    const from = old.get(name);
    return `  ${name.padEnd(width)}  ${from === version ? version : `${from} -> ${version}`}`;
  });
  const why = changesets === 0 ? 'No changeset is left: the versions of the manifests' : `By ${changesets} changesets`;
  return [`${why}, in this order:`, ...lines].join('\n');
}
