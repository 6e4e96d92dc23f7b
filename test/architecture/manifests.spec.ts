/** What each package promises in its manifest: one copy on disk, loadable by import and by require, with its types. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { published, readManifest, root } from './workspace.js';

type Entry = Readonly<Record<string, string>>;
const engines = (readManifest(root) as { engines?: unknown }).engines;

it('publishes all packages under one version', () => {
  expect(new Set(published().map(({ manifest }) => manifest.version)).size).toBe(1);
});

describe.each(published().map((workspace) => [workspace.manifest.name, workspace] as const))('%s', (_name, workspace) => {
  const { manifest, folder } = workspace;
  // An entry that is a plain path is a file shipped as it is: the manifest, a script of SQL.
  const entries = Object.entries(manifest.exports ?? {}).filter(([, conditions]) => typeof conditions !== 'string');

  it('exports its index and its manifest', () => {
    expect(Object.keys(manifest.exports ?? {})).toEqual(expect.arrayContaining(['.', './package.json']));
  });

  it.each(entries)('gives the same file to import and to require: %s', (_entry, conditions) => {
    const { types, ...files } = conditions as Entry;
    expect(Object.keys(conditions as Entry)).toEqual(['types', 'import', 'require', 'default']);
    expect(new Set(Object.values(files)).size).toBe(1);
    expect(types).toBe(files['default']?.replace(/\.js$/, '.d.ts'));
  });

  it.each(entries)('has a source for the entry %s', (_entry, conditions) => {
    const file = (conditions as Entry)['default']?.replace('./dist/', 'src/').replace(/\.js$/, '.ts') ?? '';
    expect(existsSync(join(folder, file))).toBe(true);
  });

  it('asks for the versions of Node that can require an ES module', () => {
    expect((manifest as { engines?: unknown }).engines).toEqual(engines);
  });

  it('carries the licence and a description of its own', () => {
    expect(existsSync(join(folder, 'LICENSE'))).toBe(true);
    expect(existsSync(join(folder, 'README.md'))).toBe(true);
  });

  it('depends on its siblings in the version they have here', () => {
    const siblings = published().map((sibling) => [sibling.manifest.name, sibling.manifest.version] as const);
    for (const [name, version] of siblings) {
      const asked = manifest.dependencies?.[name];
      if (asked !== undefined) expect(asked).toBe(version);
    }
  });
});
