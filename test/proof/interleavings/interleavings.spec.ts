/** Two thousand schedules of the real engine: troubles, lapses, a kill, and every await a place where the others go on. */
import { expect, it } from '@jest/globals';
import { searchInterleavings } from './search.js';

const RARE = [
  'kept',
  'replay',
  'superseded',
  'deferred',
  'running',
  'mismatch',
  'unknown',
  'lapsed',
  'lease-lost',
  'second effect',
];
const SCHEDULES = 2_000;

it(`keeps every promise in ${String(SCHEDULES)} schedules, and reaches what is rare in them`, async () => {
  const { broken, seed, reached } = await searchInterleavings(SCHEDULES);
  if (broken !== undefined) throw new Error(`seed ${String(seed)}: ${broken}`);
  expect(RARE.filter((name) => (reached[name] ?? 0) < 3)).toEqual([]);
}, 120_000);
