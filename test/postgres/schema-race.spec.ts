/** Eight processes that are deployed at once, each of which makes the schema. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { fromPool, PostgresBackend, SCHEMA_VERSION } from '@nestjs-idempotency/postgres';
import { bundleApp } from '../faults/postgres/bundle.js';
import { layGround, type PostgresGround } from './ground.js';

// Dozens of processes are started.
jest.setTimeout(120_000);

const ROUNDS = 5;
const PROCESSES = 8;

let ground: PostgresGround;
let app: Awaited<ReturnType<typeof bundleApp>>;
beforeAll(async () => {
  ground = await layGround();
  app = await bundleApp('test/postgres/migrate.program.ts');
});
afterAll(async () => {
  app.remove();
  await ground.stop();
});

/** How a process ended, and what it complained of. */
async function outcomeOf(child: ChildProcess): Promise<string> {
  let printed = '';
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return `${code ?? signal} ${printed}`.trim();
}

it('is made once when eight processes make it at once in a new database', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const url = await ground.server.database();
    const children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, [app.program], {
        env: { PATH: process.env['PATH'], DATABASE_URL: url },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      }),
    );
    const outcomes = children.map(outcomeOf);
    await Promise.all(children.map((child) => once(child, 'message')));
    for (const child of children) child.send('go');
    expect(await Promise.all(outcomes)).toEqual(Array.from({ length: PROCESSES }, () => '0'));

    const pool = ground.pool({ connectionString: url, max: 1 });
    expect((await pool.query('SELECT version FROM idempotency_schema')).rows).toEqual([{ version: SCHEMA_VERSION }]);
    await expect(new PostgresBackend(fromPool(pool), { purgeEveryMs: false }).check()).resolves.toBeDefined();
  }
});
