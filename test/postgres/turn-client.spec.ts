/** A client of `pg` that was lent for a turn, in all the ways in which it can be asked. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { layGround, type PostgresGround } from './ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const OVER = 'is over: await all work before the handler ends';
let ground: PostgresGround;
let pool: pg.Pool;
beforeAll(async () => {
  ground = await layGround();
  pool = ground.pool({ max: 1 });
});
afterAll(() => ground.stop());

/** Uses the client while its transaction runs, and gives it away. */
const lent = (use: (client: pg.PoolClient) => unknown = () => undefined): Promise<pg.PoolClient> =>
  fromPool(pool).transaction(async (_sql, client) => {
    await use(client);
    return client;
  });

describe('while its transaction runs', () => {
  it('is the client, but is not given back by its user', async () => {
    await lent(async (client) => {
      expect(client).toBeInstanceOf(pg.Client);
      expect(client.escapeIdentifier('a')).toBe('"a"');
      client.release();
      expect([pool.totalCount, pool.idleCount]).toEqual([1, 0]);
      expect((await client.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('answers callbacks and queries that run themselves', async () => {
    await lent(async (client) => {
      expect(await new Promise((told) => client.query('SELECT 1', (error) => told(error)))).toBeFalsy();
      const ends = new Promise((told) => client.query(new pg.Query('SELECT 1')).on('end', () => told('ended')));
      expect(await ends).toBe('ended');
    });
  });
});

describe('after its transaction', () => {
  let late: pg.PoolClient;
  beforeEach(async () => {
    // What is chained is no way around it.
    late = (await lent()).setMaxListeners(20);
  });

  it('rejects, whatever is asked', async () => {
    await expect(late.query('SELECT 1')).rejects.toThrow(OVER);
    await expect(late.query({ text: 'SELECT $1', values: [1] })).rejects.toThrow(OVER);
  });

  it.each<[string, (told: (error: Error) => void) => void]>([
    ['a callback', (told) => late.query('SELECT 1', told)],
    ['a callback after values', (told) => late.query('SELECT $1', [1], told)],
    ['a query that runs itself', (told) => late.query(new pg.Query('SELECT 1')).on('error', told)],
  ])('tells %s', async (_, ask) => {
    expect(await new Promise<Error>((told) => ask(told))).toMatchObject({ message: expect.stringContaining(OVER) });
  });

  it('does not end the connection, nor gives it back, which is in the hands of another one', async () => {
    await lent(async (other) => {
      await expect(late.end()).rejects.toThrow(OVER);
      late.release();
      expect([pool.totalCount, pool.idleCount]).toEqual([1, 0]);
      await other.query('SELECT 1');
    });
  });
});

it('leaves a connection that who waits for it can use in the very moment in which it is given back', async () => {
  const backend = new PostgresBackend(fromPool(pool), { purgeEveryMs: false });
  let asked: Promise<unknown> = Promise.resolve();
  await backend.transaction(() => {
    asked = new Promise((told) => {
      pool.connect((_error, client, release) => {
        client?.query('SELECT 1', (error) => {
          release();
          told(error ?? 'served');
        });
      });
    });
    return Promise.resolve();
  });
  expect(await asked).toBe('served');
});
