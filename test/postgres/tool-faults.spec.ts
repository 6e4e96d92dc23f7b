/** Each database tool at its hard moments: a handler that never ends, or ends its transaction itself; a connection that breaks; a save that fails. */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  Engine,
  type Fault,
  IdempotencyEndedError,
  IdempotencyExpiredError,
  IdempotencyHandlerError,
  IdempotencyUnavailableError,
  type Terms,
  type Turn,
} from '@nestjs-idempotency/core';
import { migrate, outsideTransaction, PostgresBackend, PostgresError } from '@nestjs-idempotency/postgres';
import { gate } from './gate.js';
import { fresh, layGround, type PostgresGround } from './ground.js';
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

const terms: Terms = {
  leaseMs: 30_000,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 30_000,
  transactional: true,
  manual: false,
  afterLapse: 'reexecute',
};

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround({ maxConnections: 200 });
  await ground.outside.query('CREATE TABLE once (name text, UNIQUE (name) DEFERRABLE INITIALLY DEFERRED)');
  await ground.outside.query("ALTER TABLE effects ADD CHECK (name <> 'refused')");
});
afterAll(() => ground.stop());

describe.each([pgTool, typeormTool, prismaTool, drizzleTool, knexTool, kyselyTool, mikroOrmTool])('$name', (opened) => {
  const { name: toolName } = opened;
  const isPrisma = toolName === 'Prisma';
  let tool: OpenTool;
  let backend: PostgresBackend;
  const faults: Fault[] = [];
  let engine: Engine;
  beforeAll(async () => {
    tool = await opened.open(ground);
    backend = new PostgresBackend(tool.source, { purgeEveryMs: false });
    engine = new Engine(backend, { onFault: (fault) => faults.push(fault) });
  }, 60_000);
  afterAll(async () => {
    await backend.close();
    await tool.close();
  });

  /** One request; `handle` is its handler, and what it throws is rolled back. */
  function request(slot: string, handle: (signal: AbortSignal) => Promise<unknown>, more: Partial<Terms> = {}, of = engine) {
    return of.run({ slot, fingerprint: 'asked' }, { ...terms, ...more }, async (turn) => {
      if (turn.kind !== 'execute') return turn.kind === 'reject' ? turn.reason : 'replayed';
      try {
        await handle(turn.attempt.signal);
      } catch {
        await turn.attempt.giveUp();
        return 'threw';
      }
      const answer = { status: 201, headers: [], body: Buffer.from('the secret answer') };
      await turn.attempt.keep({ kind: 'answer', fingerprint: 'asked', answer });
      return 'executed';
    });
  }

  const say = (statement: string): Promise<unknown> => tool.hold()(statement);
  const errorOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      (done) => done,
      (error: unknown) => error,
    );
  const runsAgain = async (slot: string): Promise<void> => {
    await until(async () => (await request(slot, () => tool.effect(slot))) === 'executed');
    expect(await ground.effects(slot)).toBe(1);
  };
  /** A tool that hides its connection does not show what came after an end: it is taken to stand. */
  const isBuried = async (slot: string, error: unknown, effects: number): Promise<void> => {
    if (error) expect(error).toBeInstanceOf(IdempotencyEndedError);
    await until(async () => (await request(slot, () => Promise.reject(new Error('it ran again')))) === 'unknown', 5_000);
    expect(await ground.effects(slot)).toBe(effects);
  };
  const keeping = async (turn: Turn): Promise<string> => {
    if (turn.kind !== 'execute') return turn.kind;
    const answer = { status: 201, headers: [], body: Buffer.from('of another') };
    return (await turn.attempt.keep({ kind: 'answer', fingerprint: 'asked', answer })).kind;
  };
  const kindsOf = (slot: string) => faults.filter((fault) => fault.slot === slot).map(({ kind }) => kind);

  describe('a handler that is not over after holdAtMostMs', () => {
    it('is told so, rolled back, and nothing of what it goes on to write is committed', async () => {
      const [slot, ended] = [fresh(), gate()];
      let hasFired = false;
      let refused = 0;
      const handle = async (signal: AbortSignal): Promise<void> => {
        signal.addEventListener('abort', () => (hasFired = true));
        const held = tool.hold();
        const attempts = [
          () => tool.effect(slot),
          () => held(`INSERT INTO effects (name) VALUES ('${slot}')`),
          () => tool.joined.add(slot),
        ];
        const end = Date.now() + 600;
        while (Date.now() < end) {
          for (const attempt of attempts) {
            try {
              await attempt();
            } catch {
              refused += 1;
            }
          }
          await new Promise((again) => setTimeout(again, 1));
        }
        ended.open();
      };
      expect(await errorOf(request(slot, handle, { holdAtMostMs: 150 }))).toBeInstanceOf(IdempotencyExpiredError);
      expect(hasFired).toBe(true);
      expect(kindsOf(slot)).toContain('expired');
      await ended.passed;
      expect(refused).toBeGreaterThan(0);
      expect(await ground.effects(slot)).toBe(0);
      await runsAgain(slot);
    });

    it('frees its key though the server works on a statement of it', async () => {
      const slot = fresh();
      const handle = () => say(`SELECT 1 FROM pg_sleep(60) AS "${slot}"`);
      expect(await errorOf(request(slot, handle, { holdAtMostMs: 150 }))).toBeInstanceOf(IdempotencyExpiredError);
      const working = 'SELECT 1 FROM pg_stat_activity WHERE query LIKE $1 AND pid <> pg_backend_pid()';
      await until(async () => (await ground.outside.query(working, [`%pg_sleep%${slot}%`])).rows.length === 0, 5_000);
      await runsAgain(slot);
    });
  });

  describe('a handler that ends its transaction itself and succeeds', () => {
    it('keeps nothing after ROLLBACK', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await tool.effect(slot);
        await say('ROLLBACK');
      };
      const error = await errorOf(request(slot, handle));
      expect(error).toBeInstanceOf(IdempotencyHandlerError);
      if (isPrisma) return isBuried(slot, error, 0);
      expect(error).not.toBeInstanceOf(IdempotencyEndedError);
      await runsAgain(slot);
    });

    it.each(['succeeds', 'throws', 'never ends'])('never runs again after COMMIT, where it then %s', async (then) => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await say(`INSERT INTO effects (name) VALUES ('${slot}')`);
        await say('COMMIT');
        if (then === 'throws') throw new Error('of the handler');
        if (then === 'never ends') await new Promise(() => undefined);
      };
      const error = await errorOf(request(slot, handle, { holdAtMostMs: then === 'never ends' ? 300 : 30_000 }));
      if (then === 'never ends') expect(error).toBeInstanceOf(IdempotencyExpiredError);
      await isBuried(slot, then === 'never ends' ? undefined : error, 1);
    });

    it('never runs again where it committed, and began another one in its place', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await say(`INSERT INTO effects (name) VALUES ('${slot}')`);
        await say('COMMIT');
        await say('BEGIN');
      };
      await isBuried(slot, await errorOf(request(slot, handle)), 1);
    });

    it('never runs again where what came after its ROLLBACK was committed by itself', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await say('ROLLBACK');
        await say(`INSERT INTO effects (name) VALUES ('${slot}')`);
      };
      await isBuried(slot, await errorOf(request(slot, handle)), 1);
    });

    it('leaves the record that another one kept meanwhile', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await say('COMMIT');
        const another = () => engine.run({ slot, fingerprint: 'asked' }, { ...terms, transactional: false }, keeping);
        expect(await outsideTransaction(another)).toBe('kept');
      };
      expect(await errorOf(request(slot, handle))).toBeInstanceOf(IdempotencyEndedError);
      expect(await request(slot, () => Promise.resolve())).toBe('replayed');
    });

    it('keeps nothing where it has begun another one in its place', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await say('ROLLBACK');
        await say('BEGIN');
        await say(`INSERT INTO effects (name) VALUES ('${slot}')`);
      };
      const error = await errorOf(request(slot, handle));
      expect(error).toBeInstanceOf(IdempotencyHandlerError);
      expect(await ground.effects(slot)).toBe(0);
      await (isPrisma ? isBuried(slot, error, 0) : runsAgain(slot));
    });

    it.each(['SELECT 1/0', 'ROLLBACK'])('never succeeds without its effect where it did not await: %s', async (late) => {
      const slot = fresh();
      let chain: Promise<unknown> = Promise.resolve();
      const handle = async (): Promise<void> => {
        await say(`INSERT INTO effects (name) VALUES ('${slot}')`);
        // The second of them is sent when the library's save is under way.
        chain = say('SELECT 1').then(() => say(late).catch(() => undefined));
        return Promise.resolve();
      };
      const outcome = await errorOf(request(slot, handle));
      await chain;
      expect(await ground.effects(slot)).toBe(outcome === 'executed' ? 1 : 0);
    });
  });

  describe('a connection that ends while the handler works elsewhere', () => {
    const cut = async (): Promise<void> => {
      const open = `FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
      await until(async () => (await ground.outside.query(`SELECT pg_terminate_backend(pid) ${open}`)).rows.length > 0);
      await until(async () => (await ground.outside.query(`SELECT 1 ${open}`)).rows.length === 0);
      // The end is told by the socket, a moment after the server knows it.
      await new Promise((told) => setTimeout(told, 50));
    };

    it('is an unavailable store, and the next request runs', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await say(`INSERT INTO effects (name) VALUES ('${slot}')`);
        await cut();
      };
      expect(await errorOf(request(slot, handle))).toBeInstanceOf(IdempotencyUnavailableError);
      expect(await ground.effects(slot)).toBe(0);
      await runsAgain(slot);
    });

    it('is none of the handler, though the handler met it', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await cut();
        await say('SELECT 1');
      };
      // Prisma shows no connection: its error is taken for the handler's own, and rolled back like one.
      const expected = isPrisma ? 'threw' : expect.any(IdempotencyUnavailableError);
      expect(await errorOf(request(slot, handle))).toEqual(expected);
      await runsAgain(slot);
    });

    it('is heard before a slot was opened on it, too', async () => {
      expect(await errorOf(backend.transaction(cut))).toBeInstanceOf(IdempotencyUnavailableError);
      await runsAgain(fresh());
    });

    it('ends by idle_in_transaction_session_timeout as well', async () => {
      const slot = fresh();
      const handle = async (): Promise<void> => {
        await say("SET LOCAL idle_in_transaction_session_timeout = '50ms'");
        await new Promise((over) => setTimeout(over, 250));
      };
      expect(await errorOf(request(slot, handle))).toBeInstanceOf(IdempotencyUnavailableError);
      await runsAgain(slot);
    });
  });

  it('takes a constraint that is checked at the flush or the commit for an error of the handler', async () => {
    const [slot, refused] = [fresh(), fresh()];
    const handle = async (): Promise<void> => {
      const held = tool.hold();
      await tool.effect(slot);
      await held(`INSERT INTO once (name) VALUES ('${slot}')`);
      await held(`INSERT INTO once (name) VALUES ('${slot}')`);
    };
    const error = await errorOf(request(slot, handle));
    expect(error).toBeInstanceOf(IdempotencyHandlerError);
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(backend.isConflict(error)).toBe(false);
    expect(await ground.effects(slot)).toBe(0);

    const outcome = await errorOf(request(refused, () => tool.effect('refused')));
    // MikroORM sends it when the answer is about to be kept.
    if (toolName !== 'MikroORM') expect(outcome).toBe('threw');
    else {
      expect(outcome).toBeInstanceOf(IdempotencyHandlerError);
      expect((outcome as Error).cause).toMatchObject({ name: 'CheckConstraintViolationException' });
    }
    await runsAgain(refused);
  });

  it('says nothing of the answer, the lease or the statement when a save fails, in a transaction or by the pool', async () => {
    const table = `failing_${fresh().slice(0, 8)}`;
    await migrate(tool.source, { table });
    await ground.outside.query(`ALTER TABLE ${table} ADD CHECK (octet_length(record) < 5)`);
    const told: Fault[] = [];
    const failing = new PostgresBackend(tool.source, { table, purgeEveryMs: false });
    const own = new Engine(failing, { onFault: (fault) => told.push(fault) });
    const error = await errorOf(request(fresh(), () => Promise.resolve(), {}, own));
    await request(fresh(), () => Promise.resolve(), { transactional: false }, own);
    await own.close(0);
    expect(error).toBeInstanceOf(PostgresError);
    expect(error).toMatchObject({ code: '23514' });
    expect(told.map(({ kind }) => kind)).toContain('save-failed');
    const seen = inspect([error, told, (error as Error).stack], { depth: 20, showHidden: true, maxStringLength: null });
    for (const secret of ['secret answer', Buffer.from('secret').toString('hex'), 'INSERT INTO', 'params', 'Failing row'])
      expect(seen).not.toContain(secret);
  });

  describe('what a service was given by joining', () => {
    it('is in the request: its writes are rolled back and committed with it, and its own transactions are parts of it', async () => {
      const [lost, kept] = [fresh(), fresh()];
      const throwing = async (): Promise<void> => {
        await tool.joined.add(lost);
        throw new Error('of the handler');
      };
      expect(await request(lost, throwing)).toBe('threw');
      expect(await ground.effects(lost)).toBe(0);
      const handle = async (): Promise<void> => {
        await tool.joined.addAndFail(kept);
        await tool.joined.add(kept);
        expect(await ground.effects(kept)).toBe(0);
      };
      expect(await request(kept, handle)).toBe('executed');
      expect(await ground.effects(kept)).toBe(1);
      expect(kindsOf(kept)).toEqual([]);
    });

    it('is itself outside, and refuses those who come after the end of the request', async () => {
      const [name, slot, over] = [fresh(), fresh(), gate()];
      await tool.joined.add(name);
      expect(await ground.effects(name)).toBe(1);
      let late: Promise<unknown> = Promise.resolve();
      await request(slot, async () => {
        late = over.passed.then(() => tool.joined.add(slot));
        await tool.effect(fresh());
      });
      over.open();
      await expect(late).rejects.toThrow();
      expect(await ground.effects(slot)).toBe(0);
    });
  });

  it('tells of a handler that succeeded without its transaction', async () => {
    const slot = fresh();
    expect(await request(slot, () => Promise.resolve())).toBe('executed');
    // MikroORM hands its transaction on by itself: nobody has to ask.
    expect(kindsOf(slot)).toEqual(toolName === 'MikroORM' ? [] : ['transaction-unused']);
  });
});
