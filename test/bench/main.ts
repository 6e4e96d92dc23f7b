/** `npm run bench`: measures this library against the bare route and against others, and prints Markdown; `--write` keeps it in docs/performance.md. */
import { parseArgs } from 'node:util';
import { memoryChapter } from './chapters/memory.js';
import { postgresChapter } from './chapters/postgres.js';
import { recordsChapter } from './chapters/records.js';
import { redisChapter } from './chapters/redis.js';
import { machine } from './machine.js';
import { writePage } from './page.js';
import { ours, rival } from './place.js';
import type { Effort } from './race.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '4000' },
    connections: { type: 'string', default: '16' },
    only: { type: 'string', default: 'memory,records,redis,postgres' },
    built: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const effort: Effort = {
  rounds: Number(values.rounds),
  requests: Number(values.requests),
  connections: Number(values.connections),
};

const on = machine();
const here = await ours(values.built);
const there = await rival();
const chapters: Readonly<Record<string, () => Promise<string>>> = {
  memory: () => memoryChapter(here, there, effort),
  records: () => recordsChapter(here),
  redis: () => redisChapter(here, there, effort),
  postgres: () => postgresChapter(here, effort),
};

const report = [
  `Measured on ${on}. Each row ${effort.rounds} rounds of ${effort.requests} requests over ${effort.connections} connections; medians.`,
];
for (const name of values.only.split(',')) {
  const chapter = chapters[name];
  if (chapter === undefined) throw new Error(`There is no chapter ${name}: choose from ${Object.keys(chapters).join(', ')}.`);
  const text = await chapter();
  console.log(`\n${text}`);
  report.push(text);
}
console.log(`\n${report[0]}`);
if (values.write) await writePage(report.join('\n\n'));
