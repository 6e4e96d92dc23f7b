/** Mixed load on one process with faults: heap and rows must stay bounded. `npm run soak [-- SECONDS [FILE.svg]]` */
import { fork } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { askedOf } from '../../tools/asked.js';
import { text, whole } from '../../tools/options.js';
import type { Sample } from './app.js';
import { client, type Tally } from './load.js';
import { plot } from './plot.js';

const { seconds, plot: file } = askedOf({
  command: 'npm run soak --',
  does: 'Loads one process for a time, with faults, and watches its heap and its records.',
  options: {
    // In less there is no quarter of the run with a sample in it.
    seconds: whole('how long', 600, { from: 10, to: 86_400 }),
    plot: text({
      value: 'FILE',
      means: 'draws heap and records',
      takes: 'an .svg file in a folder that is there',
      isTaken: (path) => path.endsWith('.svg') && existsSync(dirname(path)),
    }),
  },
  unnamed: ['seconds', 'plot'],
});
const CLIENTS = 8;
/** Records live for a tenth of the run, so that most of it is spent with a full house. */
const keepMs = seconds * 100;
const leaseMs = 2_000;

const app = fork(fileURLToPath(new URL('app.ts', import.meta.url)), [String(keepMs), String(leaseMs)], {
  execArgv: ['--expose-gc', '--import', fileURLToPath(new URL('../../tools/register.js', import.meta.url))],
});
const samples: Sample[] = [];
const url = await new Promise<string>((resolve, reject) => {
  app.once('exit', (code) => {
    reject(new Error(`The application ended with ${code}.`));
  });
  app.on('message', (message: { url: string } | Sample) => {
    if ('url' in message) resolve(message.url.replace('[::1]', '127.0.0.1'));
    else samples.push(message);
  });
});

const tally: Tally = { first: 0, replay: 0, mismatch: 0, refused: 0, gone: 0, judged: 0, differing: 0 };
const until = Date.now() + seconds * 1_000;
await Promise.all(Array.from({ length: CLIENTS }, () => client(url, tally, Math.min(keepMs, leaseMs), () => Date.now() > until)));
const full = [...samples];
// The records end by themselves when nobody comes any more.
await sleep(keepMs + 3_000);
app.disconnect();

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const part = (from: number, to: number): Sample[] => full.slice(Math.floor(full.length * from), Math.floor(full.length * to));
const [early, late] = [part(0.25, 0.5), part(0.75, 1)];
const [earlyMb, lateMb] = [early, late].map((all) => median(all.map(({ heapMb }) => heapMb))) as [number, number];
const [earlyRows, lateRows] = [early, late].map((all) => median(all.map(({ records }) => records))) as [number, number];
const last = samples.at(-1);

const faults: string[] = [];
if (early.length === 0 || late.length === 0) faults.push('the application told too little of itself');
if (tally.first === 0 || tally.replay === 0 || tally.refused === 0) faults.push('the load did not reach every kind of answer');
if (tally.judged === 0) faults.push('no client was quick enough to be judged');
if (tally.differing > 0) faults.push(`${tally.differing} keys were told two answers`);
if (lateMb > earlyMb * 1.25 + 8) faults.push(`the heap grew from ${earlyMb.toFixed(1)} to ${lateMb.toFixed(1)} MB`);
if (lateRows > earlyRows * 1.5 + 100) faults.push(`the rows grew from ${earlyRows} to ${lateRows}`);
if (last !== undefined && last.records > 0) faults.push(`${last.records} records outlived their time`);

if (file !== undefined) {
  const title = `Mixed load with faults for ${seconds} s, and ${Math.ceil(keepMs / 1_000)} s without`;
  const heap = { name: 'heap', unit: 'MB', color: '#1a66cc', values: samples.map(({ heapMb }) => heapMb) };
  const rows = { name: 'records', unit: '', color: '#cc5500', values: samples.map(({ records }) => records) };
  writeFileSync(file, plot(title, samples.length, [heap, rows]));
}
console.log(tally);
for (const fault of faults) console.log(`FAILED ${fault}`);
const requests = tally.first + tally.replay + tally.mismatch + tally.refused + tally.gone;
console.log(
  `${seconds} s, ${requests} requests: heap ${earlyMb.toFixed(1)} MB in the second quarter, ` +
    `${lateMb.toFixed(1)} MB in the last; records ${earlyRows} and ${lateRows}, ${last?.records ?? 0} at the end`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
