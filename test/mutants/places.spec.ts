/** No mutant has gone stale: each finds its place in the sources of today, exactly once. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { adapterMutants } from './adapter-mutants.js';
import { coreMutants } from './core-mutants.js';

const all = [...coreMutants, ...adapterMutants];

it.each(all.map((mutant) => [mutant.name, mutant] as const))('%s', (_, { file, from, to }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(source.split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});

it('there are more than fifty, with names of their own', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(50);
});
