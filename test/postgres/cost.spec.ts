/** What a request costs the database, counted: round trips, and connections held while waiting. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Answer, Engine, type Terms } from '@nestjs-idempotency/core';
import { currentTransaction, fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { counting } from './counting.js';
import { gate } from './gate.js';
import { fresh, layGround, type PostgresGround } from './ground.js';
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const answer: Answer = { status: 201, headers: [], body: new TextEncoder().encode('made') };
const plain: Terms = {
  leaseMs: 30_000,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 60_000,
  transactional: false,
  manual: false,
  afterLapse: 'reexecute',
};

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());

/** Runs one request through the engine; `during` is its handler. */
function request(engine: Engine, slot: string, terms: Terms, during: () => Promise<unknown> = () => Promise.resolve()) {
  return engine.run({ slot, fingerprint: 'asked' }, terms, async (turn) => {
    if (turn.kind !== 'execute') return turn.kind === 'reject' ? turn.reason : 'replayed';
    await during();
    await turn.attempt.keep({ kind: 'answer', fingerprint: 'asked', answer });
    return 'executed';
  });
}

describe('a plain route', () => {
  it('takes 2 round trips for a first request, 1 for a replay, 1 for a refusal, and 1 after the wake-up for who waits', async () => {
    const { source, counted } = counting(fromPool(ground.pool()));
    const backend = new PostgresBackend(source, { listen: () => new pg.Client({ connectionString: ground.url }) });
    ground.closing(() => backend.close());
    const engine = new Engine(backend);
    const slot = fresh();
    expect(await request(engine, slot, plain)).toBe('executed');
    expect(counted()).toEqual({ statements: 2, transactions: 0 });
    expect(await request(engine, slot, plain)).toBe('replayed');
    expect(counted()).toEqual({ statements: 1, transactions: 0 });

    const other = fresh();
    const [running, ending] = [gate(), gate()];
    const first = request(engine, other, plain, () => {
      running.open();
      return ending.passed;
    });
    await running.passed;
    counted();
    expect(await request(engine, other, plain)).toBe('running');
    expect(counted()).toEqual({ statements: 1, transactions: 0 });
    const waiting = request(engine, other, { ...plain, waitMs: 30_000 });
    await untilMarked();
    const beforePoll = performance.now() + 900;
    ending.open();
    expect(await Promise.all([first, waiting])).toEqual(['executed', 'replayed']);
    // The poll comes a second after the look: who is answered before it was woken.
    expect(performance.now()).toBeLessThan(beforePoll);
    expect(counted()).toEqual({ statements: 3, transactions: 0 });
  });
});

describe('a transactional route', () => {
  it('adds 2 statements to the transaction of the business, and none that commits', async () => {
    const { source, counted } = counting(fromPool(ground.pool()));
    const backend = new PostgresBackend(source);
    ground.closing(() => backend.close());
    const engine = new Engine(backend);
    const slot = fresh();
    const effect = () => currentTransaction<pg.PoolClient>().query('INSERT INTO effects (name) VALUES ($1)', [slot]);
    expect(await request(engine, slot, { ...plain, transactional: true }, effect)).toBe('executed');
    expect(counted()).toEqual({ statements: 2, transactions: 1 });
    expect(await request(engine, slot, { ...plain, transactional: true }, effect)).toBe('replayed');
    expect(counted()).toEqual({ statements: 1, transactions: 1 });
    expect(await ground.effects(slot)).toBe(1);
  });

  it('answers 30 duplicates that wait over a pool of 2: none of them holds a connection meanwhile', async () => {
    const backend = new PostgresBackend(fromPool(ground.pool({ max: 2 })), {
      listen: () => new pg.Client({ connectionString: ground.url }),
      startMs: 20_000,
    });
    ground.closing(() => backend.close());
    const engine = new Engine(backend);
    const slot = fresh();
    const terms = { ...plain, transactional: true, waitMs: 30_000 };
    const [running, ending] = [gate(), gate()];
    const first = request(engine, slot, terms, async () => {
      running.open();
      await ending.passed;
      await currentTransaction<pg.PoolClient>().query('INSERT INTO effects (name) VALUES ($1)', [slot]);
    });
    await running.passed;
    const waiting = Array.from({ length: 30 }, () => request(engine, slot, terms));
    await untilMarked();
    // The pool has one connection besides the holder's: another key gets through while all of them wait.
    expect(await request(engine, fresh(), terms)).toBe('executed');
    ending.open();
    expect(await Promise.all([first, ...waiting])).toEqual(['executed', ...waiting.map(() => 'replayed')]);
    expect(await ground.effects(slot)).toBe(1);
  });
});

/** Until the listening connection has said that somebody waits: it holds a shared advisory lock then. */
function untilMarked(): Promise<void> {
  const marks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted";
  return until(async () => (await ground.outside.query(marks)).rows.length > 0);
}
