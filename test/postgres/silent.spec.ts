/** A server that is silent while its connections stay open: nothing that holds a connection waits without a bound. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Engine, IdempotencyExpiredError, IdempotencyUnavailableError, type Terms } from '@nestjs-idempotency/core';
import { fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { startProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
let proxy: TcpProxy;
let pool: pg.Pool;
let backend: PostgresBackend;

beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());
beforeEach(async () => {
  proxy = await startProxy(Number(new URL(ground.url).port));
  const url = new URL(ground.url);
  url.port = String(proxy.port);
  // One connection: who kept it would keep all.
  pool = new pg.Pool({ connectionString: url.href, max: 1, connectionTimeoutMillis: 2_000 });
  backend = new PostgresBackend(fromPool(pool), { startMs: 1_000, timeoutMs: 300, purgeEveryMs: false });
});
afterEach(async () => {
  proxy.cut();
  await pool.end();
  await proxy.close();
});

const terms: Terms = {
  leaseMs: 30_000,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 1_000,
  transactional: true,
  manual: false,
  afterLapse: 'reexecute',
};

describe('a server that falls silent', () => {
  afterEach(async () => {
    // The one connection is the pool's again, or made anew.
    proxy.set('open');
    expect(await backend.transaction(() => backend.open(newLease(), 1_000, 1_000))).toMatchObject({ claim: { kind: 'won' } });
  });

  it('at the claim: the request is refused in time, and its connection given up', async () => {
    const claimed = backend.transaction(async () => {
      proxy.set('hole');
      await backend.open(newLease(), 1_000, 1_000);
    });
    await expect(claimed).rejects.toThrow(IdempotencyUnavailableError);
  });

  it('at the save: likewise', async () => {
    const saved = backend.transaction(async () => {
      const lease = newLease();
      await backend.open(lease, 1_000, 1_000);
      proxy.set('hole');
      await backend.settle(lease, record, 1_000);
    });
    await expect(saved).rejects.toThrow(IdempotencyUnavailableError);
  });

  it('at the commit: the request is told after holdAtMostMs', async () => {
    const engine = new Engine(backend);
    const run = engine.run({ slot: fresh(), fingerprint: 'asked' }, terms, async (turn) => {
      if (turn.kind !== 'execute') return;
      await turn.attempt.keep({ kind: 'tombstone', fingerprint: 'asked', loss: 'unkept' });
      proxy.set('hole');
    });
    await expect(run).rejects.toThrow(IdempotencyExpiredError);
  });
});

it('an idle connection that the server cuts ends no process, also where the application does not listen to its pool', async () => {
  await pool.query('SELECT 1');
  proxy.cut();
  await new Promise((told) => setTimeout(told, 100));
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});
