/** Each database tool of applications, for real: it shares its transactions, runs our statements, and its collisions are understood. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { IdempotencyBackend } from '@nestjs-idempotency/core';
import { currentTransaction, migrate, PostgresBackend } from '@nestjs-idempotency/postgres';
import { runCases, transactionContract } from '@nestjs-idempotency/testing';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { collide, newLease, record as bytes } from './tools/collision.js';
import { drizzleTool } from './tools/drizzle.js';
import { knexTool } from './tools/knex.js';
import { kyselyTool } from './tools/kysely.js';
import { mikroOrmTool } from './tools/mikro-orm.js';
import { pgTool } from './tools/pg.js';
import { prismaTool } from './tools/prisma.js';
import type { OpenTool } from './tools/tool.js';
import { typeormTool } from './tools/typeorm.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround({ maxConnections: 200 });
});
afterAll(() => ground.stop());

const tools = [pgTool, typeormTool, prismaTool, drizzleTool, knexTool, kyselyTool, mikroOrmTool];

describe.each(tools)('$name', ({ name: toolName, open: openTool }) => {
  let tool: OpenTool;
  let backend: PostgresBackend;
  beforeAll(async () => {
    tool = await openTool(ground);
    backend = new PostgresBackend(tool.source);
  }, 60_000);
  afterAll(async () => {
    await backend.close();
    await tool.close();
  });

  it('claims, renews, keeps, replays and gives up by its pool', async () => {
    const [lease, other] = [newLease(), newLease()];
    expect(await backend.open(lease, 10_000, 10_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    expect((await backend.open(newLease(lease.slot), 10_000, 10_000)).claim).toMatchObject({
      kind: 'held',
      fingerprint: lease.fingerprint,
    });
    expect(await backend.renew(lease, 10_000)).toBe('kept');
    expect(await backend.settle(lease, bytes, 10_000)).toEqual({ kind: 'saved' });
    expect(await backend.renew(lease, 10_000)).toBe('lost');
    expect(Buffer.from((await backend.open(newLease(lease.slot), 10_000, 10_000)).record ?? [])).toEqual(Buffer.from(bytes));
    await backend.open(other, 10_000, 10_000);
    await backend.release(other);
    expect(await backend.open(newLease(other.slot), 10_000, 10_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });

  it('makes the schema, and finds it ready at start-up', async () => {
    const table = `made_${fresh().slice(0, 8)}`;
    const own = new PostgresBackend(tool.source, { table });
    await expect(own.check()).rejects.toThrow(/there is no table "public"\."made_\w+"\. Run migrate\(\)/);
    await migrate(tool.source, { table });
    await expect(own.check()).resolves.toBeInstanceOf(Array);
    await own.close();
  });

  runCases(
    it,
    transactionContract(() => ({
      connect: () => backend,
      effect: (_backend: IdempotencyBackend, name) => tool.effect(name),
      effects: (name) => ground.effects(name),
      async endByHand(_backend: IdempotencyBackend, how) {
        // What was persisted is sent by no COMMIT that MikroORM does not know of.
        if (toolName === 'MikroORM') await currentTransaction<{ flush(): Promise<void> }>().flush();
        await tool.hold()(how);
      },
      conflict: () => collide(tool),
    })),
  );
});
