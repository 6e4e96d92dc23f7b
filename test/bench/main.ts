/** `npm run bench`: measures this library against the bare route and against others, and prints Markdown; `--write` keeps it in docs/performance.md. */
import { askedOf } from '../../tools/asked.js';
import { flag, someOf, whole } from '../../tools/options.js';
import { memoryChapter } from './chapters/memory.js';
import { postgresChapter } from './chapters/postgres.js';
import { recordsChapter } from './chapters/records.js';
import { redisChapter } from './chapters/redis.js';
import { machine } from './machine.js';
import { writePage } from './page.js';
import { ours, rival } from './place.js';

const CHAPTERS = ['memory', 'records', 'redis', 'postgres'] as const;
const { only, built, write, ...effort } = askedOf({
  command: 'npm run bench --',
  does: 'Measures this library against the bare route and against others, and prints Markdown.',
  options: {
    rounds: whole('rounds of each row', 9),
    requests: whole('requests of each row in a round', 4_000),
    connections: whole('connections at once', 16, { to: 1_000 }),
    only: someOf(CHAPTERS, 'chapters'),
    built: flag('measures what `npm run build` made'),
    write: flag('keeps the report in docs/performance.md'),
  },
  // The page is written as a whole: of chapters that were not measured nothing would be left.
  wrongTogether: (given) =>
    given.write && CHAPTERS.some((name) => !given.only.includes(name))
      ? '--write keeps all chapters: leave --only out.'
      : undefined,
});

const on = machine();
const here = await ours(built);
const there = await rival();
const chapters = {
  memory: () => memoryChapter(here, there, effort),
  records: () => recordsChapter(here),
  redis: () => redisChapter(here, there, effort),
  postgres: () => postgresChapter(here, effort),
};

const report = [
  `Measured on ${on}. Each row ${effort.rounds} rounds of ${effort.requests} requests over ${effort.connections} connections; medians.`,
];
for (const name of only) {
  const text = await chapters[name]();
  console.log(`\n${text}`);
  report.push(text);
}
console.log(`\n${report[0]}`);
if (write) await writePage(report.join('\n\n'));
