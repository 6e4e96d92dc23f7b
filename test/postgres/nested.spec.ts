/** Services that begin and end transactions of their own in a transactional request, as they do everywhere: each is a part of the request's. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { currentTransaction, PostgresBackend, type SqlSource } from '@nestjs-idempotency/postgres';
import * as drizzled from '@nestjs-idempotency/postgres/drizzle';
import * as kyselied from '@nestjs-idempotency/postgres/kysely';
import { fromPool, joining } from '@nestjs-idempotency/postgres/pg';
import * as typeormed from '@nestjs-idempotency/postgres/typeorm';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { openTill, shown } from '../e2e/handler/till.js';
import { closeAll } from '../e2e/running.js';
import { gate } from './gate.js';
import { fresh, layGround, type PostgresGround } from './ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());
afterEach(closeAll);

const INSERT = 'INSERT INTO effects (name) VALUES ($1)';

/** An application on Express whose handler is `does`, and what a request to it and its retry come to. */
async function serve(source: SqlSource, does: (name: string) => Promise<unknown>) {
  const backend = new PostgresBackend(source, { purgeEveryMs: false });
  const name = fresh();
  const { till, ask, faults: told } = await openTill('express', { options: { backend, scope: () => name } });
  till.does = async ({ run }) => {
    const said = await does(name);
    return said === undefined ? { paid: run } : { said };
  };
  const faults = () => told().map((event) => (event as { fault: { kind: string } }).fault.kind);
  return { name, till, faults, ask: () => ask('/tx'), effects: () => ground.effects(name), close: () => backend.close() };
}

describe('on the joined pool of pg', () => {
  let pool: pg.Pool;
  let db: pg.Pool;
  beforeAll(() => {
    pool = ground.pool({ max: 3 });
    db = joining(pool);
  });

  /** What pg's own documentation shows. */
  async function usual(work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
    const client = await db.connect();
    try {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }
  const message = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: unknown) => (error as Error).message,
    );

  it('BEGIN and COMMIT take part: one effect, committed with the answer, and a replay', async () => {
    const { ask, effects, till } = await serve(fromPool(pool), async (name) => {
      await usual((client) => client.query(INSERT, [name]));
      expect(await ground.effects(name)).toBe(0);
    });
    expect(shown(await ask())).toEqual([201, '{"paid":1}', false]);
    expect(shown(await ask())).toEqual([201, '{"paid":1}', true]);
    expect([till.runs, await effects()]).toEqual([1, 1]);
  });

  it('ROLLBACK undoes its own part alone, also after an error of the database, and within another one', async () => {
    const { ask, effects } = await serve(fromPool(pool), async (name) => {
      await db.query(INSERT, [name]);
      await usual(async (outer) => {
        await outer.query(INSERT, [name]);
        await message(usual((inner) => inner.query(INSERT, [name]).then(() => inner.query('SELECT 1/0'))));
        await outer.query(INSERT, [name]);
      });
      await message(
        usual(async (client) => {
          await client.query(INSERT, [name]);
          throw new Error('no');
        }),
      );
    });
    expect((await ask()).status).toBe(201);
    expect(await effects()).toBe(3);
  });

  it('is undone with the request', async () => {
    const { ask, effects } = await serve(fromPool(pool), async (name) => {
      await usual((client) => client.query(INSERT, [name]));
      throw new Error('of the handler');
    });
    expect((await ask()).status).toBe(500);
    expect(await effects()).toBe(0);
  });

  it('goes by callback, by configuration and unawaited as well, and says what was asked', async () => {
    const { ask, effects } = await serve(fromPool(pool), async (name) => {
      const client = await db.connect();
      const said: unknown[] = [];
      const done = gate();
      client.query({ text: 'BEGIN' }, (_error, { command }) => said.push(command));
      const inserted = client.query(INSERT, [name]);
      client.query('COMMIT', (_error: Error | null, { command }: pg.QueryResult) => {
        said.push(command);
        done.open();
      });
      await inserted;
      await done.passed;
      // As everywhere, where none was begun.
      said.push((await client.query('ROLLBACK')).command);
      client.release();
      return said;
    });
    expect(shown(await ask())).toEqual([201, '{"said":["BEGIN","COMMIT","ROLLBACK"]}', false]);
    expect(await effects()).toBe(1);
  });

  it('refuses what cannot be had inside, and the end of the request’s own transaction, with the cure', async () => {
    const { ask, effects } = await serve(fromPool(pool), async (name) => {
      const client = await db.connect();
      const tx = currentTransaction<pg.PoolClient>();
      await tx.query(INSERT, [name]);
      return Promise.all([
        message(client.query('BEGIN ISOLATION LEVEL SERIALIZABLE')),
        message(tx.query('COMMIT')),
        message(db.query('ROLLBACK')),
      ]);
    });
    const { text } = await ask();
    expect(text).toMatch(
      /BEGIN ISOLATION LEVEL SERIALIZABLE cannot be had.*COMMIT: the transaction of.*ROLLBACK: the transaction of/,
    );
    expect(await effects()).toBe(1);
  });

  it('undoes one that another one was begun beside, and tells both', async () => {
    const { ask, effects } = await serve(fromPool(pool), async (name) => {
      const [one, other] = [await db.connect(), await db.connect()];
      await one.query('BEGIN');
      await other.query('BEGIN');
      await one.query(INSERT, [name]);
      await other.query(INSERT, [name]);
      return [
        await message(one.query('COMMIT')),
        await message(other.query(INSERT, [name])),
        await message(other.query('COMMIT')),
        await message(usual((client) => client.query(INSERT, [name]))),
      ].map((said) => said.slice(0, 36));
    });
    const refused = 'Two transactions were open side by s';
    expect(shown(await ask())).toEqual([201, JSON.stringify({ said: [refused, refused, refused, 'no error'] }), false]);
    expect(await effects()).toBe(1);
  });

  it('rolls all of it back where one was begun and not ended', async () => {
    const { ask, effects, till } = await serve(fromPool(pool), async (name) => {
      const client = await db.connect();
      await client.query('BEGIN');
      await client.query(INSERT, [name]);
      client.release();
    });
    expect((await ask()).text).toMatch('"reason":"rolled-back"');
    expect((await ask()).status).toBe(500);
    expect([till.runs, await effects()]).toEqual([2, 0]);
  });

  it('a handler that ends its transaction all the same is told truly, and never runs again', async () => {
    const { ask, effects, till, faults } = await serve(fromPool(pool), async (name) => {
      await db.query(INSERT, [name]);
      await db.query('SELECT 1; COMMIT');
    });
    const first = await ask();
    expect([first.status, first.text]).toEqual([409, expect.stringMatching(/outcome-unknown|what it did may stand/)]);
    expect(first.text).toMatch('The application ended the transaction of this request itself, so what it did may stand.');
    expect(faults()).toEqual(['turn-failed']);
    for (let retry = 0; retry < 3; retry++) expect((await ask()).text).toMatch('"reason":"outcome-unknown"');
    expect([till.runs, await effects()]).toEqual([1, 1]);
  });
});

describe('side by side in one request', () => {
  /** Three at once, of which the second fails; and one more within the first. */
  const three = async (transaction: (work: () => Promise<unknown>) => Promise<unknown>, insert: () => Promise<unknown>) => {
    const one = (at: number) =>
      transaction(async () => {
        await insert();
        await new Promise(setImmediate);
        if (at === 1) await transaction(insert);
        if (at === 2) throw new Error('no');
      });
    return (await Promise.allSettled([1, 2, 3].map(one))).map(({ status }) => status);
  };
  const SETTLED = '{"said":["fulfilled","rejected","fulfilled"]}';

  it('TypeORM’s are parts of it one after another, and the next request finds a clean connection', async () => {
    const dataSource = new DataSource({ type: 'postgres', url: ground.url, poolSize: 2 });
    const db = typeormed.joining(await dataSource.initialize());
    const insert = (name: string) => () => db.query(INSERT, [name]);
    const { ask, effects, close } = await serve(typeormed.fromDataSource(db), (name) =>
      three((work) => db.transaction(work), insert(name)),
    );
    expect(shown(await ask())).toEqual([201, SETTLED, false]);
    expect(await effects()).toBe(3);
    await close();
    await db.destroy();
  });

  it('TypeORM’s query runners are told where they lie across, and none of them ends the request’s transaction', async () => {
    const dataSource = new DataSource({ type: 'postgres', url: ground.url, poolSize: 2 });
    const db = typeormed.joining(await dataSource.initialize());
    const { ask, effects, close } = await serve(typeormed.fromDataSource(db), async (name) => {
      const [one, other] = [db.createQueryRunner(), db.createQueryRunner()];
      await one.startTransaction();
      await other.startTransaction();
      await other.query(INSERT, [name]);
      const ends = [await Promise.allSettled([one.commitTransaction()]), await Promise.allSettled([other.commitTransaction()])];
      await Promise.allSettled([one.rollbackTransaction()]);
      await db.query(INSERT, [name]);
      return ends.flat().map(({ status }) => status);
    });
    expect(shown(await ask())).toEqual([201, '{"said":["rejected","rejected"]}', false]);
    expect(await effects()).toBe(1);
    await close();
    await db.destroy();
  });

  it('a connection that TypeORM gives back in a transaction never serves another request', async () => {
    const dataSource = new DataSource({ type: 'postgres', url: ground.url, poolSize: 1 });
    const db = typeormed.joining(await dataSource.initialize());
    let isFirst = true;
    const { ask, effects, close } = await serve(typeormed.fromDataSource(db), async (name) => {
      await db.query(INSERT, [name]);
      if (!isFirst) return;
      isFirst = false;
      // One deeper than it says: its rollback goes to a savepoint only.
      await currentTransaction<{ queryRunner: { startTransaction(): Promise<void> } }>().queryRunner.startTransaction();
      throw new Error('of the handler');
    });
    expect((await ask()).status).toBe(500);
    expect(shown(await ask())).toEqual([201, '{"paid":2}', false]);
    expect(await effects()).toBe(1);
    await close();
    await db.destroy();
  });

  it('Drizzle’s are parts of it one after another', async () => {
    const pool = ground.pool({ max: 3 });
    const db = drizzled.joining(drizzle(pool));
    const { ask, effects, close } = await serve(drizzled.fromDrizzle(db), (name) =>
      three(
        (work) => db.transaction(work),
        () => db.execute(sql`INSERT INTO effects (name) VALUES (${name})`),
      ),
    );
    expect(shown(await ask())).toEqual([201, SETTLED, false]);
    expect(await effects()).toBe(3);
    await close();
  });

  it('Kysely’s are parts of it one after another', async () => {
    const pool = ground.pool({ max: 3 });
    const db = kyselied.joining(new Kysely({ dialect: new PostgresDialect({ pool }) }));
    const { ask, effects, close } = await serve(kyselied.fromKysely(db, { pool }), (name) =>
      three(
        (work) => db.transaction().execute(work),
        () => db.executeQuery(CompiledQuery.raw(INSERT, [name])),
      ),
    );
    expect(shown(await ask())).toEqual([201, SETTLED, false]);
    expect(await effects()).toBe(3);
    await close();
  });
});

it('tells of a transaction that could not begin', async () => {
  const pool = ground.pool({ max: 1 });
  // As Postgres refuses a BEGIN, whichever tool has sent it.
  const source = { ...fromPool(pool), transaction: () => pool.query('BEGIN nonsense') as Promise<never> };
  const { ask, faults, till } = await serve(source, () => Promise.resolve());
  expect((await ask()).status).toBe(503);
  expect([faults(), till.runs]).toEqual([['open-failed'], 0]);
});
