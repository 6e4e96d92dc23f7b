/** The page on testing shows the files that are run: here, and by `npm run test:published` in the projects that Nest's CLI generates. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const shown = [...read('../../docs/testing.md').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, snippet = '']) => snippet);
const files = readdirSync(new URL('testing/', import.meta.url));

it('shows each file that is run, as it stands, and nothing else', () => {
  expect(shown).toHaveLength(3);
  expect(shown.toSorted()).toEqual(files.map((file) => read(`testing/${file}`)).toSorted());
});

it.each(files)('%s says where it lies in a project', (file) => {
  expect(read(`testing/${file}`)).toMatch(/^\/\/ (src\/[a-z.]+\.spec|test\/[a-z.]+\.e2e-spec)\.ts\n/);
});
