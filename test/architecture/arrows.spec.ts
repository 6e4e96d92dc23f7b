/** Arrows between packages point to core, files import each other without circles, and what is imported is declared. */
import { builtinModules } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { circles } from './circles.js';
import { imports, importedSource, packageOf, published, shown, sources, workspaces, type Workspace } from './workspace.js';

const core = '@nestjs-idempotency/core';
const ownNames = new Set(published().map(({ manifest }) => manifest.name));

/** Own packages each package may import. The sample application, and test/, may import them all. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  [core]: [],
  'nestjs-idempotency': [core],
  '@nestjs-idempotency/cache-manager': [core],
  '@nestjs-idempotency/redis': [core],
  '@nestjs-idempotency/postgres': [core],
  '@nestjs-idempotency/testing': [core],
  '@nestjs-idempotency/opentelemetry': [core],
  'sample-app': [...ownNames],
};

const importsOf = (workspace: Workspace, options?: { specs: boolean }) =>
  sources(workspace, options).flatMap((file) => imports(file).map((specifier) => ({ file, specifier })));

describe('circles', () => {
  it('finds a circle and names the files on it', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', ['d']],
      ['c', ['d']],
      ['d', ['b']],
    ]);
    expect(circles(graph)).toEqual([['b', 'd', 'b']]);
  });

  it('finds none where two files share a third', () => {
    expect(
      circles(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['c']],
        ]),
      ),
    ).toEqual([]);
  });
});

it('knows every package', () => {
  expect(
    workspaces()
      .map(({ manifest }) => manifest.name)
      .sort(),
  ).toEqual(Object.keys(arrows).sort());
});

describe.each(workspaces().map((workspace) => [workspace.manifest.name, workspace] as const))('%s', (name, workspace) => {
  it('imports only the packages its arrows point to', () => {
    const strays = importsOf(workspace, { specs: true })
      .map(({ file, specifier }) => ({ file: shown(file), to: packageOf(specifier) }))
      .filter(({ to }) => to !== undefined && ownNames.has(to) && to !== name && !arrows[name]?.includes(to));
    expect(strays).toEqual([]);
  });

  it('reaches no file outside its folder by a relative path', () => {
    const strays = importsOf(workspace, { specs: false }).filter(
      ({ file, specifier }) => importedSource(file, specifier)?.startsWith(`${workspace.folder}/src/`) === false,
    );
    expect(strays).toEqual([]);
  });

  it('has no circle among its files', () => {
    const graph = new Map(
      sources(workspace).map((file) => [
        shown(file),
        imports(file)
          .flatMap((specifier) => importedSource(file, specifier) ?? [])
          .map(shown),
      ]),
    );
    expect(circles(graph)).toEqual([]);
  });

  it('declares what it imports', () => {
    const { dependencies, peerDependencies } = workspace.manifest;
    const declared = new Set([...Object.keys({ ...dependencies, ...peerDependencies }), name]);
    const undeclared = importsOf(workspace, { specs: false })
      .map(({ file, specifier }) => ({ file: shown(file), package: packageOf(specifier) }))
      .filter((found) => found.package !== undefined && !declared.has(found.package));
    expect(undeclared).toEqual([]);
  });

  it('writes node: before the names of built-in modules', () => {
    const bare = importsOf(workspace, { specs: true }).filter(({ specifier }) => builtinModules.includes(specifier));
    expect(bare).toEqual([]);
  });
});

it('core imports nothing but itself and Node', () => {
  const workspace = workspaces().find(({ manifest }) => manifest.name === core);
  expect(workspace).toBeDefined();
  const strays = importsOf(workspace!, { specs: false }).filter(({ specifier }) => !/^(\.|node:)/.test(specifier));
  expect(strays.map(({ file, specifier }) => `${shown(file)} imports ${specifier}`)).toEqual([]);
  expect(workspace!.manifest.dependencies).toBeUndefined();
  expect(workspace!.manifest.peerDependencies).toBeUndefined();
});
