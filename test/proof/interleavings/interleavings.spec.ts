/** Two thousand schedules of each kind: troubles, lapses, a kill, clients that leave, and every await a place where the others go on. */
import { expect, it } from '@jest/globals';
import { playEngine } from './engine-play.js';
import { interceptorPlayer } from './interceptor-play.js';
import type { Player } from './play.js';
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

async function holds(play: Player, rare: readonly string[]): Promise<void> {
  const { broken, seed, reached } = await searchInterleavings(play, SCHEDULES);
  if (broken !== undefined) throw new Error(`seed ${String(seed)}: ${broken}`);
  expect(rare.filter((name) => (reached[name] ?? 0) < 3)).toEqual([]);
}

it('the engine keeps every promise, and reaches what is rare', () => holds(playEngine, RARE), 120_000);

it('the interceptor keeps every promise, and reaches what is rare', async () => {
  await holds(await interceptorPlayer(), [...RARE, 'timeout', 'left']);
}, 240_000);
