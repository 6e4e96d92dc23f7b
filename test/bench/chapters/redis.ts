/** Records in Redis, on both platforms: this library and the other one with its Redis adapter, each against its own bare route. */
import { startRedis } from '../../servers/redis.js';
import { figures } from '../figures.js';
import type { Place } from '../place.js';
import { race, type Effort, type Row } from '../race.js';
import { raceTable } from '../table.js';
import { tripsPerRequest } from '../trips.js';

const COUNTED = 200;

/** Races the rows on Express and then on Fastify, and counts the round trips of each. */
export async function redisChapter(ours: Place, rival: Place, effort: Effort): Promise<string> {
  const redis = await startRedis();
  try {
    const rows = rowsOf(ours, rival);
    const parts: string[] = ['## Records in Redis'];
    for (const platform of ['express', 'fastify']) {
      const trips = new Map<string, string>();
      const samples = await race(rows, { PLATFORM: platform, REDIS_URL: redis.url }, effort, async ({ row, server, next }) => {
        trips.set(row.name, (await tripsPerRequest(redis.url, server.port, COUNTED, next)).toFixed(2));
      });
      parts.push(`### ${platform}`, raceTable(figures(rows, samples), { 'round trips': trips }));
    }
    return parts.join('\n\n');
  } finally {
    await redis.stop();
  }
}

function rowsOf(ours: Place, rival: Place): readonly Row[] {
  const bare = `bare route (Nest ${ours.nest})`;
  const rivalBare = `bare route (Nest ${rival.nest})`;
  return [
    { name: bare, program: ours.program('bare'), keys: 'none' },
    { name: 'nestjs-idempotency, first request', program: ours.program('ours'), keys: 'new', against: bare },
    { name: 'nestjs-idempotency, replay', program: ours.program('ours'), keys: 'kept', against: bare },
    { name: rivalBare, program: rival.program('bare'), keys: 'none' },
    { name: '@node-idempotency/nestjs, first request', program: rival.program('rival'), keys: 'new', against: rivalBare },
    { name: '@node-idempotency/nestjs, replay', program: rival.program('rival'), keys: 'kept', against: rivalBare },
  ];
}
