/** `npm run bench`: measures this library against the bare route and against others, and prints Markdown; `--write` keeps it in docs/performance.md. */
import { askedOf } from '../../tools/asked.js';
import { flag, someOf, text, whole } from '../../tools/options.js';
import { memoryChapter } from './chapters/memory.js';
import { postgresChapter } from './chapters/postgres.js';
import { recordsChapter } from './chapters/records.js';
import { redisChapter } from './chapters/redis.js';
import { COMPARED, type Compared, revisionsChapter } from './chapters/revisions.js';
import { machine } from './machine.js';
import { writePage } from './page.js';
import { ours, rival } from './place.js';
import { commitOf, withRevision } from './revision.js';

const CHAPTERS = ['memory', 'records', 'redis', 'postgres'] as const;
const { only, built, write, against, processes, ...effort } = askedOf({
  command: 'npm run bench --',
  does: 'Measures this library against the bare route and against others, and prints Markdown.',
  options: {
    rounds: whole('rounds of each row', 9),
    requests: whole('requests of each row in a round', 4_000),
    connections: whole('connections at once', 16, { to: 1_000 }),
    only: someOf(CHAPTERS, 'chapters'),
    against: text({
      value: 'REV',
      means: 'compares with another revision instead: with neither the other library nor its own page',
      takes: 'the name of a commit of this repository',
      isTaken: (name) => commitOf(name) !== undefined,
    }),
    processes: whole('processes of each revision, with --against', 4, { from: 2, to: 16 }),
    built: flag('measures what `npm run build` made'),
    write: flag('keeps the report in docs/performance.md'),
  },
  // The page is written as a whole: of chapters that were not measured nothing would be left.
  wrongTogether: (given) => {
    if (given.write && given.against !== undefined)
      return '--write keeps what was measured of this revision: leave --against out.';
    if (given.write && CHAPTERS.some((name) => !given.only.includes(name)))
      return '--write keeps all chapters: leave --only out.';
    if (given.against !== undefined && !COMPARED.some((name) => given.only.includes(name)))
      return `--against compares ${COMPARED.join(', ')}: name one of them with --only.`;
    return undefined;
  },
});

const on = machine();
const told = `Measured on ${on}. Each row ${effort.rounds} rounds of ${effort.requests} requests over ${effort.connections} connections; medians.`;
const here = await ours(built);
if (against === undefined) await measure();
else await comparison(against);
console.log(`\n${told}`);

/** Against the bare route, and against another library. */
async function measure(): Promise<void> {
  const there = await rival();
  const chapters = {
    memory: () => memoryChapter(here, there, effort),
    records: () => recordsChapter(here),
    redis: () => redisChapter(here, there, effort),
    postgres: () => postgresChapter(here, effort),
  };
  const report = [told];
  for (const name of only) {
    const chapter = await chapters[name]();
    console.log(`\n${chapter}`);
    report.push(chapter);
  }
  if (write) await writePage(report.join('\n\n'));
}

/** Against another revision. Ends with 1 where the machine was too busy to tell. */
async function comparison(name: string): Promise<void> {
  const commit = commitOf(name) ?? name;
  await withRevision(commit, async (there) => {
    for (const contest of COMPARED.filter((one) => only.includes(one))) {
      const { text, isTold }: Compared = await revisionsChapter(contest, here, there, name, { ...effort, processes });
      console.log(`\n${text}`);
      if (!isTold) process.exitCode = 1;
    }
  });
}
