/** Plays many schedules of the real engine: `npm run interleavings [-- SCHEDULES [SEED]]`. */
import { searchInterleavings } from './search.js';

const [schedules = '100000', seed] = process.argv.slice(2);
const search = await searchInterleavings(Number(schedules), seed === undefined ? undefined : Number(seed));
const count = new Intl.NumberFormat('en');
for (const [name, times] of Object.entries(search.reached).sort(([, a], [, b]) => b - a))
  console.log(`${count.format(times).padStart(10)} × ${name}`);
if (search.broken !== undefined) console.log(search.broken);
console.log(
  `${count.format(search.schedules)} schedules, seed ${search.seed}: ${search.broken === undefined ? 'every promise held' : 'a promise was BROKEN'}`,
);
process.exitCode = search.broken === undefined ? 0 : 1;
