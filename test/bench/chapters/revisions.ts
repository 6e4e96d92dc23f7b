/** This library as it is here against another revision of it: several processes of each, all asked in turn in every round. */
import { startPostgres } from '../../servers/postgres.js';
import { startRedis } from '../../servers/redis.js';
import { compare, type Comparison, TELLING } from '../compare.js';
import type { Place } from '../place.js';
import { race, type Effort, type Row } from '../race.js';
import { table } from '../table.js';

/** Which programs are compared, and where their records are. */
interface Contest {
  readonly title: string;
  readonly bare: string;
  readonly own: string;
  /** A transaction costs about ten times what a request in memory costs. */
  readonly fewer: number;
  /** Works with the environment that the servers need, for as long as its store stands. */
  readonly within: (work: (environment: Record<string, string>) => Promise<string>) => Promise<string>;
}

const CONTESTS = {
  memory: { title: 'records in memory', bare: 'bare', own: 'ours', fewer: 1, within: (work) => work({}) },
  redis: {
    title: 'records in Redis',
    bare: 'bare',
    own: 'ours',
    fewer: 1,
    async within(work) {
      const redis = await startRedis();
      return work({ REDIS_URL: redis.url }).finally(() => redis.stop());
    },
  },
  postgres: {
    title: 'the answer in the transaction of its effect (Postgres)',
    bare: 'transaction',
    own: 'transactional',
    fewer: 8,
    async within(work) {
      // Each process has a pool of its own.
      const postgres = await startPostgres({ fsync: true, maxConnections: 1_000 });
      return work({ DATABASE_URL: await postgres.database() }).finally(() => postgres.stop());
    },
  },
} satisfies Record<string, Contest>;

/** The chapters in which revisions are compared. */
export const COMPARED = Object.keys(CONTESTS) as readonly (keyof typeof CONTESTS)[];

/** How to compare. */
export interface Comparing extends Effort {
  /** The processes of each revision. */
  readonly processes: number;
}

/** What a chapter says, and whether it could be told at all. */
export interface Compared {
  readonly text: string;
  readonly isTold: boolean;
}

const KINDS = { 'first request': 'new', replay: 'kept' } as const;

/** Races `here` against `there`, called `name`, on Express and then on Fastify. */
export async function revisionsChapter(
  contest: keyof typeof CONTESTS,
  here: Place,
  there: Place,
  name: string,
  comparing: Comparing,
): Promise<Compared> {
  const { title, bare, own, fewer, within }: Contest = CONTESTS[contest];
  const effort = { ...comparing, requests: Math.ceil(comparing.requests / fewer) };
  const copies = Array.from({ length: comparing.processes }, (_, copy) => copy);
  const rowsOf = (side: string, program: string, keys: Row['keys']): readonly Row[] =>
    copies.map((copy) => ({ name: `${side}, ${copy}`, program, keys, copy }));
  const sides = Object.entries(KINDS).map(([kind, keys]) => ({
    kind,
    here: rowsOf(`here, ${kind}`, here.program(own), keys),
    there: rowsOf(`there, ${kind}`, there.program(own), keys),
  }));
  const bares = rowsOf('bare', here.program(bare), 'none');
  const rows = [...bares, ...sides.flatMap((side) => [...side.here, ...side.there])];
  const found: (readonly [string, Comparison])[] = [];
  const text = await within(async (environment) => {
    for (const platform of ['express', 'fastify']) {
      const samples = await race(rows, { ...environment, PLATFORM: platform }, effort);
      const of = (asked: readonly Row[]) => asked.map((row) => samples.get(row.name) ?? []);
      for (const side of sides) found.push([`${platform}, ${side.kind}`, compare(of(bares), of(side.here), of(side.there))]);
    }
    return `## Against ${name}: ${title}\n\n${comparisonTable(name, found)}`;
  });
  return { text, isTold: found.every(([, { verdict }]) => verdict !== 'too busy to tell') };
}

/** No ratio where processes of the same code differ too much to tell. */
function comparisonTable(name: string, found: readonly (readonly [string, Comparison])[]): string {
  const range = (costs: readonly number[]): string =>
    [costs[0], costs.at(-1)].map((cost) => `${cost?.toFixed(2)} ×`).join(' to ');
  const head = ['', `CPU ÷ bare route, ${name}`, 'here', 'the same code differs by', `here ÷ ${name}`, 'so here is'];
  const lines = found.map(([kind, { here, there, sameCode, ratio, verdict }]) => {
    const isTold = verdict !== 'too busy to tell';
    const costs = isTold ? [range(there), range(here)] : ['', ''];
    return [kind, ...costs, `${(sameCode * 100).toFixed(0)} %`, isTold ? `${ratio.toFixed(2)} ×` : '', verdict];
  });
  const limit = `No ratio is told where processes of the same code differ by more than ${TELLING * 100} %: let the machine be, and ask again.`;
  return `${table(head, lines)}\n\n${limit}`;
}
