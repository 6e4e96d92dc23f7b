/** Some schedules of each kind: troubles, lapses, a kill, transactions, those around a handler, and every await a place where the others go on. */
import { expect, it } from '@jest/globals';
import { playEngine } from './engine-play.js';
import { interceptorPlayer } from './interceptor-play.js';
import type { Player } from './play.js';
import { RARE } from './reached.js';
import { searchInterleavings } from './search.js';

async function holds(play: Player, schedules: number, rare: readonly string[]): Promise<void> {
  const { broken, seed, reached } = await searchInterleavings(play, schedules);
  if (broken !== undefined) throw new Error(`seed ${String(seed)}: ${broken}`);
  expect(rare.filter((name) => !(name in reached))).toEqual([]);
}

/** What a few hundred schedules reach; `npm run interleavings` goes deeper. */
const COMMON = ['kept', 'replay', 'running', 'lapsed', 'timeout'];

it('the engine keeps every promise, and reaches what is rare', () => holds(playEngine, 2_000, RARE), 120_000);

it('the interceptor keeps every promise, and reaches what is rare', async () => {
  await holds(await interceptorPlayer(), 300, COMMON);
}, 240_000);
