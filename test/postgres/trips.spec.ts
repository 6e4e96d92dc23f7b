/** What a request costs on the wire with each database tool: two round trips more than its business. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { startProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';
import { drizzleTool } from './tools/drizzle.js';
import { knexTool } from './tools/knex.js';
import { kyselyTool } from './tools/kysely.js';
import { mikroOrmTool } from './tools/mikro-orm.js';
import { pgTool } from './tools/pg.js';
import { prismaTool } from './tools/prisma.js';
import type { OpenTool } from './tools/tool.js';
import { typeormTool } from './tools/typeorm.js';
import { countTrips } from './trips.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const LONG_MS = 60_000;
let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());

describe.each([pgTool, typeormTool, prismaTool, drizzleTool, knexTool, kyselyTool, mikroOrmTool])('$name', (opened) => {
  const { hear, counted } = countTrips();
  let proxy: TcpProxy;
  let tool: OpenTool;
  let backend: PostgresBackend;
  beforeEach(async () => {
    const url = new URL(ground.url);
    proxy = await startProxy(Number(url.port), hear);
    url.port = String(proxy.port);
    tool = await opened.open({ url: url.href });
    backend = new PostgresBackend(tool.source, { purgeEveryMs: false });
  });
  afterEach(async () => {
    await backend.close();
    await tool.close();
    await proxy.close();
  });

  /** Trips of `work`, when its connection is there and what the tool prepares is prepared. */
  async function tripsOf(work: () => Promise<unknown>): Promise<number> {
    for (let warm = 0; warm < 2; warm++) await work();
    counted();
    await work();
    return counted();
  }
  const open = (slot?: string) => backend.open(newLease(slot), LONG_MS, LONG_MS);

  it('takes two more than the transaction of the business for a first request, and one more for a replay', async () => {
    const alone = await tripsOf(() => backend.transaction(() => tool.effect(fresh())));
    const first = await tripsOf(() => {
      const lease = newLease();
      return backend.transaction(async () => {
        await backend.open(lease, LONG_MS, LONG_MS);
        await tool.effect(lease.slot);
        await backend.settle(lease, record, LONG_MS);
      });
    });
    const kept = newLease();
    await backend.settle(kept, record, LONG_MS);
    const empty = await tripsOf(() => backend.transaction(() => Promise.resolve()));
    const replay = await tripsOf(() => backend.transaction(() => open(kept.slot)));
    expect({ first: first - alone, replay: replay - empty }).toEqual({ first: 2, replay: 1 });
  });

  it('takes two for a first request by a lease, and one for its replay', async () => {
    const first = await tripsOf(async () => {
      const lease = newLease();
      await backend.open(lease, LONG_MS, LONG_MS);
      await backend.settle(lease, record, LONG_MS);
    });
    const kept = newLease();
    await backend.settle(kept, record, LONG_MS);
    const replay = await tripsOf(() => open(kept.slot));
    expect({ first, replay }).toEqual({ first: 2, replay: 1 });
  });
});
