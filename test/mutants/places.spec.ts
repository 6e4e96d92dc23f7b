/** No mutant has gone stale: each finds its place in the sources of today, exactly once. And every regression has one. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { BROKEN_VARIANTS } from '../proof/broken-variants.js';
import { adapterMutants } from './adapter-mutants.js';
import { coreMutants } from './core-mutants.js';
import { FAULTS } from './regressions/faults/index.js';
import { regressions } from './regressions/index.js';
import { ROWS } from './regressions/rows.js';

const protocol = [...coreMutants, ...adapterMutants];
const all = [...protocol, ...regressions];

it.each(all.map((mutant) => [mutant.name, mutant] as const))('%s', (_, { file, from, to, by }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(source.split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  expect(readFileSync(new URL(`../../${by.spec}`, import.meta.url), 'utf8')).not.toBe('');
});

it.each(Object.entries(BROKEN_VARIANTS))('a library %s', (_, { file, from, to }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(source.split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});

it('there are more than fifty of the protocol, and all have names of their own', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(protocol.length).toBeGreaterThan(50);
});

it.each([...ROWS, ...FAULTS])('the cause of a regression is put back: %s', (row) => {
  expect(regressions.filter((regression) => regression.row === row)).not.toEqual([]);
});
