/** Hard ends of transactional handlers on a real database: what is committed, what is undone, and that no connection stays behind. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { currentTransaction, fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import type pg from 'pg';
import { retry, timeout } from 'rxjs';
import { around, leave, type Hand, openTill, shown } from '../e2e/handler/till.js';
import { closeAll } from '../e2e/running.js';
import { PLATFORMS } from '../e2e/serve.js';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

/** So few that one which is kept is missed. */
const CONNECTIONS = 2;
/** So long that a handler has begun by then, whatever else the machine does. */
const PATIENCE_MS = 1_000;
let ground: PostgresGround;
let pool: pg.Pool;
let backend: PostgresBackend;

beforeAll(async () => {
  ground = await layGround();
  pool = ground.pool({ max: CONNECTIONS });
  backend = new PostgresBackend(fromPool(pool), { purgeEveryMs: false });
});
afterAll(async () => {
  await backend.close();
  await ground.stop();
});
afterEach(closeAll);

const inUse = (): number => pool.totalCount - pool.idleCount;

describe.each(PLATFORMS)('on %s', (platform) => {
  /** An application whose handlers leave their effects under a name of its own. */
  async function open(stands: Pick<Parameters<typeof openTill>[1] & object, 'inside' | 'outside'> = {}) {
    const name = fresh();
    const till = await openTill(platform, { ...stands, options: { backend, scope: () => name } });
    const write = () => currentTransaction<pg.PoolClient>().query('INSERT INTO effects (name) VALUES ($1)', [name]);
    const settled = async (): Promise<[effects: number, inUse: number]> => {
      await until(() => inUse() === 0);
      return [await ground.effects(name), inUse()];
    };
    return { ...till, write, settled, effects: () => ground.effects(name) };
  }

  it.each(['inside', 'outside'])('a timeout %s leaves, and the transaction is the handler’s until it ends', async (where) => {
    const { till, ask, over, write, effects, settled } = await open({
      [where]: [around((handled) => handled.pipe(timeout(PATIENCE_MS)))],
    });
    till.hold();
    till.does = async ({ pass, run }) => {
      await write();
      await pass();
      await write();
      return { paid: run };
    };
    expect((await ask('/tx')).status).toBe(500);
    await until(() => till.runs === 1);
    expect([inUse(), await effects()]).toEqual([1, 0]);
    till.letGo();
    await over();
    expect(await settled()).toEqual([2, 0]);
    expect(shown(await ask('/tx'))).toEqual([201, '{"paid":1}', true]);
    expect(till.runs).toBe(1);
  });

  it('a timeout, and a handler that throws afterwards: all is undone, and the retry runs', async () => {
    const { till, ask, over, write, settled } = await open({ inside: [around((handled) => handled.pipe(timeout(PATIENCE_MS)))] });
    till.hold();
    till.does = async ({ pass, run }) => {
      await write();
      if (run > 1) return { paid: run };
      await pass();
      throw new Error('no');
    };
    expect((await ask('/tx')).status).toBe(500);
    till.letGo();
    await over();
    expect(await settled()).toEqual([0, 0]);
    expect(shown(await ask('/tx'))).toEqual([201, '{"paid":2}', false]);
    expect(await settled()).toEqual([1, 0]);
  });

  it('a retry outside runs on in the one transaction', async () => {
    const { till, ask, write, settled } = await open({
      outside: [around((handled) => handled.pipe(retry({ count: 2, delay: 5 })))],
    });
    till.does = async ({ run }) => {
      await write();
      if (run < 3) throw new Error('not yet');
      return { paid: run };
    };
    expect(shown(await ask('/tx'))).toEqual([201, '{"paid":3}', false]);
    expect(await settled()).toEqual([3, 0]);
    expect(shown(await ask('/tx'))).toEqual([201, '{"paid":3}', true]);
  });

  it('a retry outside of an error of the database cannot save its transaction: nothing is kept', async () => {
    const { till, ask, write, settled } = await open({ outside: [around((handled) => handled.pipe(retry(1)))] });
    till.does = async ({ run }) => {
      await write();
      if (run === 1) await currentTransaction<pg.PoolClient>().query('SELECT 1/0');
      return { paid: run };
    };
    expect((await ask('/tx')).status).toBe(500);
    expect([till.runs, await settled()]).toEqual([2, [0, 0]]);
    expect(shown(await ask('/tx'))).toEqual([201, '{"paid":3}', false]);
    expect(await settled()).toEqual([1, 0]);
  });

  it.each(['/tx', '/tx-answer'])('clients of %s that leave keep no connection, and their retry has the answer', async (path) => {
    const opened = await open();
    const { till, ask, over, write, settled } = opened;
    till.does = async ({ pass, run, response }: Hand) => {
      await write();
      await pass();
      if (path === '/tx') return { paid: run };
      return void response.status(201).send({ paid: run });
    };
    for (let gone = 1; gone <= CONNECTIONS + 1; gone++) {
      till.hold();
      await leave({ ...opened, ask: (to, asked) => ask(to, { ...asked, key: `k${gone}` }) }, path, () => till.runs === gone);
      till.letGo();
      await over(gone);
    }
    const [effects, left] = await settled();
    expect([effects, left]).toEqual([CONNECTIONS + 1, 0]);
    for (let gone = 1; gone <= CONNECTIONS + 1; gone++) {
      const again = await ask(path, { key: `k${gone}` });
      expect([again.status, again.text]).toEqual([201, `{"paid":${gone}}`]);
    }
    expect([till.runs, await settled()]).toEqual([CONNECTIONS + 1, [CONNECTIONS + 1, 0]]);
  });

  it('a success that a handler wrote by itself leaves after the commit, or not at all', async () => {
    const { till, ask, write, settled } = await open();
    till.does = async ({ run, response }) => {
      await write();
      response.status(201).send({ paid: run });
      if (run === 1) throw new Error('a later statement failed');
    };
    const first = await ask('/tx-answer');
    expect([first.status, first.text.includes('paid'), await settled()]).toEqual([500, false, [0, 0]]);
    expect(shown(await ask('/tx-answer'))).toEqual([201, '{"paid":2}', false]);
    expect(await settled()).toEqual([1, 0]);
    expect(shown(await ask('/tx-answer'))).toEqual([201, '{"paid":2}', true]);
  });
});
