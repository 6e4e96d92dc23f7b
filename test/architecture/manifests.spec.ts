/** What each package promises in its manifest: a copy for import and one for require, each with its types. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ADDRESS, addressOf } from '../../tools/repository.js';
import { published, readManifest, root, shown, sources } from './workspace.js';

type Entry = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What the files of an entry are called, without folder and ending. */
const baseOf = (entry: Entry): string => /^\.\/dist\/(.+)\.js$/.exec(entry['import']?.['default'] ?? '')?.[1] ?? '';

const engines = (readManifest(root) as { engines?: unknown }).engines;

it('sends readers of a problem to the page that is in the repository', () => {
  const policy = readFileSync(join(root, 'packages/nestjs/src/settings/policy.ts'), 'utf8');
  expect(policy).toContain(`'${addressOf('docs/errors.md')}'`);
});

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

  it.each(entries)('has a copy of the same file for import and for require: %s', (_entry, conditions) => {
    const base = baseOf(conditions as Entry);
    expect(conditions).toEqual({
      import: { types: `./dist/${base}.d.ts`, default: `./dist/${base}.js` },
      require: { types: `./dist/cjs/${base}.d.ts`, default: `./dist/cjs/${base}.js` },
    });
    for (const copy of Object.values(conditions as Entry)) expect(Object.keys(copy)[0]).toBe('types');
  });

  it.each(entries)('has a source for the entry %s', (_entry, conditions) => {
    expect(existsSync(join(folder, 'src', `${baseOf(conditions as Entry)}.ts`))).toBe(true);
  });

  it('tells resolvers that know no `exports` of the same copies', () => {
    const { main, types, typesVersions } = manifest;
    expect({ main, types }).toEqual({ main: './dist/cjs/index.js', types: './dist/cjs/index.d.ts' });
    const subpaths = entries.map(([entry]) => entry.slice(2)).filter((entry) => entry !== '');
    const told = Object.fromEntries(subpaths.map((subpath) => [subpath, [`./dist/cjs/${subpath}.d.ts`]]));
    expect(typesVersions ?? { '*': {} }).toEqual({ '*': told });
  });

  it('asks nothing of the place where its files lie', () => {
    const asking = sources(workspace).filter((file) => readFileSync(file, 'utf8').includes('import.meta'));
    expect(asking.map(shown)).toEqual([]);
  });

  it('asks for the versions of Node that can require an ES module', () => {
    expect((manifest as { engines?: unknown }).engines).toEqual(engines);
  });

  it('carries the licence and a description of its own', () => {
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    const isWritten = existsSync(join(folder, 'README.md'));
    // That of the main package is made of the repository's when it is packed.
    expect(isWritten || manifest.scripts?.['prepack']?.endsWith('tools/release/write-readme.ts')).toBe(true);
  });

  it('says on npm what it is, where it lives, and where faults are told', () => {
    const place = shown(folder);
    const isMain = place === 'packages/nestjs';
    expect(manifest).toMatchObject({
      license: 'MIT',
      homepage: `${isMain ? ADDRESS : `${ADDRESS}/tree/main/${place}`}#readme`,
      repository: { type: 'git', url: `git+${ADDRESS}.git`, directory: place },
      bugs: { url: `${ADDRESS}/issues` },
      publishConfig: { access: 'public' },
    });
    expect(manifest.description).toMatch(/^[A-Z].{20,120}\.$/);
    expect(manifest.keywords).toEqual(expect.arrayContaining(['nestjs', 'idempotency', 'idempotency-key']));
    expect(new Set(manifest.keywords).size).toBe(manifest.keywords?.length);
  });

  it('ships what is built and nothing of its making, and may be left out where nothing of it is used', () => {
    const beside = existsSync(join(folder, 'sql')) ? ['sql'] : [];
    expect(manifest.files).toEqual(['dist', ...beside, '!dist/**/.tsbuildinfo']);
    expect(manifest.sideEffects).toBe(false);
    const forEffect = sources(workspace).filter((file) => /^import '/m.test(readFileSync(file, 'utf8')));
    expect(forEffect.map(shown)).toEqual([]);
  });

  it('depends on its siblings in the version they have here', () => {
    const siblings = published().map((sibling) => [sibling.manifest.name, sibling.manifest.version] as const);
    for (const [name, version] of siblings) {
      const asked = manifest.dependencies?.[name];
      if (asked !== undefined) expect(asked).toBe(version);
    }
  });
});
