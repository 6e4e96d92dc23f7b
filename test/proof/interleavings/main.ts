/**
 * Plays many schedules of the real engine, then of the real interceptor: `npm run interleavings [-- SCHEDULES [SEED]] [--over engine]`.
 * The seed of a run plays the same schedules again. What was never reached fails the run, as its promises were not put to the test.
 */
import { askedOf } from '../../../tools/asked.js';
import { seed, someOf, whole } from '../../../tools/options.js';
import { playEngine } from './engine-play.js';
import { interceptorPlayer } from './interceptor-play.js';
import { RARE, RARE_AROUND } from './reached.js';
import { searchInterleavings } from './search.js';

const players = { engine: () => playEngine, interceptor: interceptorPlayer };
const asked = askedOf({
  command: 'npm run interleavings --',
  does: 'Plays many schedules of the real engine, then of the real interceptor, and judges each.',
  options: {
    schedules: whole('schedules of each', 20_000),
    seed: seed('plays the same schedules again'),
    over: someOf(['engine', 'interceptor'], 'what is played'),
  },
  unnamed: ['schedules', 'seed'],
});
const rare: Readonly<Record<keyof typeof players, readonly string[]>> = { engine: RARE, interceptor: [...RARE, ...RARE_AROUND] };
const count = new Intl.NumberFormat('en');

for (const name of asked.over) {
  const search = await searchInterleavings(await players[name](), asked.schedules, asked.seed);
  for (const [thing, times] of Object.entries(search.reached).sort(([, a], [, b]) => b - a))
    console.log(`${count.format(times).padStart(10)} × ${thing}`);
  if (search.broken !== undefined) console.log(search.broken);
  const missed = rare[name].filter((thing) => !(thing in search.reached));
  const held = missed.length === 0 ? 'every promise held' : `never reached: ${missed.join(', ')}`;
  const verdict = search.broken === undefined ? held : 'a promise was BROKEN';
  console.log(`${count.format(search.schedules)} schedules of the ${name}, seed ${search.seed}: ${verdict}`);
  if (search.broken !== undefined || missed.length > 0) process.exitCode = 1;
}
