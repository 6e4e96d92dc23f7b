/** Every file says what it is, stays short, and names nothing of the machine it was written on. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { filesBelow, root, shown, sources, workspaces } from './workspace.js';

const text = (file: string): string => readFileSync(file, 'utf8');
const isText = (file: string): boolean => /\.(ts|js|json|md|ya?ml|sql|lua|svg|hbs|sh)$|\/[^.]+$|\/\.[^/]+$/.test(file);
const files = filesBelow(root);

it('finds the files of the repository', () => {
  expect(files.map(shown)).toEqual(
    expect.arrayContaining(['package.json', 'test/architecture/files.spec.ts', 'packages/core/src/ports.ts']),
  );
});

it('begins every source with a comment that says what it is', () => {
  const silent = workspaces()
    .flatMap((workspace) => sources(workspace, { specs: true }))
    .filter((file) => !text(file).startsWith('/**'));
  expect(silent.map(shown)).toEqual([]);
});

it('keeps every source of a package at 250 lines or fewer', () => {
  const long = workspaces()
    .flatMap((workspace) => sources(workspace))
    .map((file) => ({ file: shown(file), lines: text(file).trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > 250);
  expect(long).toEqual([]);
});

it('names no folder of a machine, no private registry and no neighbour of the repository', () => {
  const foreign = [
    /(?<![\w.\-/])\/(?:work|root|tmp)\/[\w.]/,
    /(?<![\w.\-/])\/(?:home|Users)\/[a-z]\w+\//,
    /\.\.\/shared\//,
    /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)/,
  ];
  const found = files
    .filter(isText)
    .flatMap((file) =>
      text(file)
        .split('\n')
        .map((line, index) => ({ at: `${shown(file)}:${index + 1}`, line })),
    )
    .filter(({ line }) => foreign.some((pattern) => pattern.test(line)));
  expect(found).toEqual([]);
});
