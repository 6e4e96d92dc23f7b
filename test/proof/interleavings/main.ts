/**
 * Plays many schedules of the real engine, then of the real interceptor: `npm run interleavings [-- SCHEDULES [SEED]] [--over engine]`.
 * The seed of a run plays the same schedules again. What was never reached fails the run, as its promises were not put to the test.
 */
import { parseArgs } from 'node:util';
import { playEngine } from './engine-play.js';
import { interceptorPlayer } from './interceptor-play.js';
import { RARE, RARE_AROUND } from './reached.js';
import { searchInterleavings } from './search.js';

const { values, positionals } = parseArgs({ options: { over: { type: 'string' } }, allowPositionals: true });
const [schedules = '20000', seed] = positionals;
const players = {
  engine: { player: () => Promise.resolve(playEngine), rare: RARE },
  interceptor: { player: interceptorPlayer, rare: [...RARE, ...RARE_AROUND] },
};
const count = new Intl.NumberFormat('en');

for (const [name, { player, rare }] of Object.entries(players)) {
  if (values.over !== undefined && values.over !== name) continue;
  const search = await searchInterleavings(await player(), Number(schedules), seed === undefined ? undefined : Number(seed));
  for (const [thing, times] of Object.entries(search.reached).sort(([, a], [, b]) => b - a))
    console.log(`${count.format(times).padStart(10)} × ${thing}`);
  if (search.broken !== undefined) console.log(search.broken);
  const missed = rare.filter((thing) => !(thing in search.reached));
  const held = missed.length === 0 ? 'every promise held' : `never reached: ${missed.join(', ')}`;
  const verdict = search.broken === undefined ? held : 'a promise was BROKEN';
  console.log(`${count.format(search.schedules)} schedules of the ${name}, seed ${search.seed}: ${verdict}`);
  if (search.broken !== undefined || missed.length > 0) process.exitCode = 1;
}
