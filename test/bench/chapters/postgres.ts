/** Records in Postgres: a business transaction alone, and the same with its answer in it. */
import { startPostgres } from '../../servers/postgres.js';
import { figures } from '../figures.js';
import type { Place } from '../place.js';
import { race, type Effort, type Row } from '../race.js';
import { raceTable } from '../table.js';

/** A transaction costs about ten times what a request in memory costs. */
const FEWER = 8;

/** Races the rows on Express and then on Fastify. */
export async function postgresChapter(ours: Place, effort: Effort): Promise<string> {
  const postgres = await startPostgres({ fsync: true });
  try {
    const alone = 'the business transaction alone';
    const rows: readonly Row[] = [
      { name: alone, program: ours.program('transaction'), keys: 'none' },
      {
        name: 'nestjs-idempotency, transactional, first request',
        program: ours.program('transactional'),
        keys: 'new',
        against: alone,
      },
      { name: 'nestjs-idempotency, transactional, replay', program: ours.program('transactional'), keys: 'kept', against: alone },
    ];
    const parts: string[] = ['## The answer in the transaction of its effect (Postgres)'];
    for (const platform of ['express', 'fastify']) {
      const environment = { PLATFORM: platform, DATABASE_URL: await postgres.database() };
      const requests = Math.ceil(effort.requests / FEWER);
      parts.push(`### ${platform}`, raceTable(figures(rows, await race(rows, environment, { ...effort, requests }))));
    }
    return parts.join('\n\n');
  } finally {
    await postgres.stop();
  }
}
