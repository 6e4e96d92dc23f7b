/** Some schedules of each kind: troubles, lapses, a kill, transactions, those around a handler, and every await a place where the others go on. */
import { expect, it } from '@jest/globals';
import { playEngine } from './engine-play.js';
import { interceptorPlayer } from './interceptor-play.js';
import type { Player } from './play.js';
import { RARE, RARE_AROUND } from './reached.js';
import { searchInterleavings } from './search.js';

async function holds(play: Player, schedules: number, rare: readonly string[]): Promise<void> {
  const { broken, seed, reached } = await searchInterleavings(play, schedules);
  if (broken !== undefined) throw new Error(`seed ${String(seed)}: ${broken}`);
  expect(rare.filter((name) => !(name in reached))).toEqual([]);
}

it('the engine keeps every promise, and reaches what is rare', () => holds(playEngine, 2_000, RARE), 120_000);

it('the interceptor keeps every promise, and reaches what is rare', async () => {
  await holds(await interceptorPlayer(), 1_500, [...RARE, ...RARE_AROUND]);
}, 240_000);
