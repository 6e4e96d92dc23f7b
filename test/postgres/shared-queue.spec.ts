/** A queue that outlives its requests runs what it was given in the context of whoever started it, unless that is bound to its own. */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromPool, joining } from '@nestjs-idempotency/postgres/pg';
import { gate } from './gate.js';
import { fresh, layGround, type PostgresGround } from './ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());

type Work = () => Promise<unknown>;

/** One at a time, by a loop that the first who comes starts. */
function queue(): (work: Work) => Promise<unknown> {
  const waiting: (() => Promise<void>)[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
    isRunning = false;
  };
  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push(() => work().then(resolve, reject));
      if (!isRunning) void run();
    });
}

it.each<[name: string, bound: (work: Work) => Work, rows: number]>([
  ['is lost with the request that started the queue', (work) => work, 0],
  ['stays where it is bound by AsyncResource', (work) => AsyncResource.bind(work), 1],
  [
    'stays where it runs in a snapshot',
    (work) => {
      const run = AsyncLocalStorage.snapshot();
      return () => run(work);
    },
    1,
  ],
])('what the second request writes %s', async (_, bound, rows) => {
  const pool = ground.pool();
  const joined = joining(pool);
  const backend = new PostgresBackend(fromPool(pool), { purgeEveryMs: false });
  const [name, enqueue, isStarted, isQueued, isDone] = [fresh(), queue(), gate(), gate(), gate()];
  const first = backend.transaction(async () => {
    await enqueue(async () => {
      isStarted.open();
      await isQueued.passed;
    });
    await isDone.passed;
    throw new Error('of the first');
  });
  const failed = expect(first).rejects.toThrow('of the first');
  await isStarted.passed;
  const second = backend.transaction(async () => {
    const written = enqueue(bound(() => joined.query('INSERT INTO effects (name) VALUES ($1)', [name])));
    isQueued.open();
    await written;
  });
  await second;
  isDone.open();
  await failed;
  expect(await ground.effects(name)).toBe(rows);
  await backend.close();
});
