/** In memory, on both platforms: the bare route, the floor, this library, and the one it is compared with. */
import { figures } from '../figures.js';
import type { Place } from '../place.js';
import { race, type Effort, type Row } from '../race.js';
import { raceTable } from '../table.js';

/** Races the rows on Express and then on Fastify. */
export async function memoryChapter(ours: Place, rival: Place, effort: Effort): Promise<string> {
  const rows = rowsOf(ours, rival);
  const parts: string[] = ['## One process, records in memory'];
  for (const platform of ['express', 'fastify']) {
    parts.push(`### ${platform}`, raceTable(figures(rows, await race(rows, { PLATFORM: platform }, effort))));
  }
  return parts.join('\n\n');
}

/** Each Nest is divided by its own bare route. */
function rowsOf(ours: Place, rival: Place): readonly Row[] {
  const bare = `bare route (Nest ${ours.nest})`;
  const rivalBare = `bare route (Nest ${rival.nest})`;
  return [
    { name: bare, program: ours.program('bare'), keys: 'none' },
    { name: 'an interceptor that does nothing', program: ours.program('floor'), keys: 'none', against: bare },
    { name: 'nestjs-idempotency, first request', program: ours.program('ours'), keys: 'new', against: bare },
    { name: 'nestjs-idempotency, replay', program: ours.program('ours'), keys: 'kept', against: bare },
    { name: rivalBare, program: rival.program('bare'), keys: 'none' },
    { name: '@node-idempotency/nestjs, first request', program: rival.program('rival'), keys: 'new', against: rivalBare },
    { name: '@node-idempotency/nestjs, replay', program: rival.program('rival'), keys: 'kept', against: rivalBare },
  ];
}
