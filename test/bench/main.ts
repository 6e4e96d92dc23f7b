/** `npm run bench`: measures this library against the bare route and against others, and prints Markdown; `--write` keeps it in docs/performance.md. */
import { parseArgs } from 'node:util';
import { figures } from './figures.js';
import { memoryRows } from './memory-race.js';
import { ours, rival } from './place.js';
import { race, type Effort } from './race.js';
import { raceTable } from './table.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '4000' },
    connections: { type: 'string', default: '16' },
  },
});
const effort: Effort = {
  rounds: Number(values.rounds),
  requests: Number(values.requests),
  connections: Number(values.connections),
};

const here = await ours();
const there = await rival();
for (const platform of ['express', 'fastify']) {
  const rows = memoryRows(here, there);
  console.log(`\n${platform}\n\n${raceTable(figures(rows, await race(rows, { PLATFORM: platform }, effort)))}`);
}
