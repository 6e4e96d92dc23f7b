/**
 * Plays many schedules of the real engine, then of the real interceptor: `npm run interleavings [-- SCHEDULES [SEED]] [--over engine]`.
 * The seed of a run plays the same schedules again.
 */
import { parseArgs } from 'node:util';
import { playEngine } from './engine-play.js';
import { interceptorPlayer } from './interceptor-play.js';
import { searchInterleavings } from './search.js';

const { values, positionals } = parseArgs({ options: { over: { type: 'string' } }, allowPositionals: true });
const [schedules = '20000', seed] = positionals;
const players = { engine: () => playEngine, interceptor: interceptorPlayer };
const count = new Intl.NumberFormat('en');

for (const [name, player] of Object.entries(players)) {
  if (values.over !== undefined && values.over !== name) continue;
  const search = await searchInterleavings(await player(), Number(schedules), seed === undefined ? undefined : Number(seed));
  for (const [rare, times] of Object.entries(search.reached).sort(([, a], [, b]) => b - a))
    console.log(`${count.format(times).padStart(10)} × ${rare}`);
  if (search.broken !== undefined) console.log(search.broken);
  const verdict = search.broken === undefined ? 'every promise held' : 'a promise was BROKEN';
  console.log(`${count.format(search.schedules)} schedules of the ${name}, seed ${search.seed}: ${verdict}`);
  if (search.broken !== undefined) process.exitCode = 1;
}
