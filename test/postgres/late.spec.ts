/** Each database tool after the end of a request: what its handler kept and what a service was given write nowhere, in nobody's transaction. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { currentTransaction, PostgresBackend } from '@nestjs-idempotency/postgres';
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
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const LONG_MS = 60_000;
let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround({ maxConnections: 200 });
});
afterAll(() => ground.stop());

/** What work came to: a promise that was rejected, or an error that was thrown past it. */
async function endOf(work: () => unknown): Promise<string> {
  let promise: unknown;
  try {
    promise = work();
  } catch (error) {
    return `threw ${textOf(error)}`;
  }
  return Promise.resolve(promise).then(
    () => 'done',
    (error: unknown) => `rejected ${textOf(error)}`,
  );
}

/** Kysely throws what all others reject with. */
const REFUSED = /^(rejected|threw) /;

const textOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${error.cause === undefined ? '' : textOf(error.cause)}` : String(error);

const insert = (name: string): string => `INSERT INTO effects (name) VALUES ('${name}')`;

describe.each([pgTool, typeormTool, prismaTool, drizzleTool, knexTool, kyselyTool, mikroOrmTool])('$name', (opened) => {
  let tool: OpenTool;
  let backend: PostgresBackend;
  beforeAll(async () => {
    tool = await opened.open(ground);
    backend = new PostgresBackend(tool.source, { purgeEveryMs: false });
  }, 60_000);
  afterAll(async () => {
    await backend.close();
    await tool.close();
  });

  /** A request that keeps its answer. */
  const request = <T>(handle: () => Promise<T>): Promise<T> =>
    backend.transaction(async () => {
      const lease = newLease();
      await backend.open(lease, LONG_MS, LONG_MS);
      const done = await handle();
      await backend.settle(lease, record, LONG_MS);
      return done;
    });

  /** A request that leaves something behind: what can be done with it after the end, in its scope, as timers of it do. */
  const left = () =>
    request(async () => {
      await tool.effect(fresh());
      const [held, inScope] = [tool.hold(), AsyncLocalStorage.snapshot()];
      return {
        say: (statement: string) => inScope(() => held(statement)),
        add: (name: string) => inScope(() => tool.joined.add(name)),
      };
    });

  it('refuses what its handler kept', async () => {
    const [late, { say }] = [fresh(), await left()];
    expect(await endOf(() => say(insert(late)))).toMatch(REFUSED);
    expect(await ground.effects(late)).toBe(0);
  });

  it('refuses what joining gave by a promise that is rejected, and throws nothing past it', async () => {
    const [late, { add }] = [fresh(), await left()];
    expect(await endOf(() => add(late))).toMatch(/^rejected /);
    expect(await ground.effects(late)).toBe(0);
  });

  it('lets nobody write in, commit or undo the transaction of the next request', async () => {
    const { say } = await left();
    const [late, effect] = [fresh(), fresh()];
    const undone = request(async () => {
      await tool.effect(effect);
      for (const statement of [insert(late), 'COMMIT']) expect(await endOf(() => say(statement))).toMatch(REFUSED);
      throw new Error('of the handler');
    });
    await expect(undone).rejects.toThrow('of the handler');
    expect([await ground.effects(late), await ground.effects(effect)]).toEqual([0, 0]);

    await request(async () => {
      await tool.effect(effect);
      expect(await endOf(() => say('ROLLBACK'))).toMatch(REFUSED);
    });
    expect(await ground.effects(effect)).toBe(1);
  });

  it('commits what was sent before the commit, and sends nothing after it', async () => {
    const name = fresh();
    let [answered, isRefused] = [0, false];
    await request(async () => {
      await tool.effect(fresh());
      const held = tool.hold();
      const write = (): void => {
        if (isRefused) return;
        void endOf(() => held(insert(name))).then((end) => (end === 'done' ? (answered += 1) : (isRefused = true)));
        setImmediate(write);
      };
      write();
    });
    await until(() => isRefused);
    const { rows } = await ground.outside.query(
      'SELECT count(DISTINCT xmin::text)::int AS transactions, count(*)::int AS rows FROM effects WHERE name = $1',
      [name],
    );
    expect(rows).toEqual([{ transactions: 1, rows: answered }]);
  });
});

describe.each([pgTool, drizzleTool])('$name', (opened) => {
  it('names the cure', async () => {
    const tool = await opened.open(ground);
    const backend = new PostgresBackend(tool.source, { purgeEveryMs: false });
    const [late, add] = await backend.transaction(async () => {
      const [held, inScope] = [tool.hold(), AsyncLocalStorage.snapshot()];
      await tool.effect(fresh());
      expect(currentTransaction()).toBeDefined();
      return [() => held('SELECT 1'), () => inScope(() => tool.joined.add('late'))] as const;
    });
    for (const work of [late, add]) expect(await endOf(work)).toContain('is over: await all work before the handler ends.');
    await backend.close();
    await tool.close();
  });
});
