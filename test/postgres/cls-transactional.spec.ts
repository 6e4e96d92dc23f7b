/** `@nestjs-cls/transactional` shares its transactions. In a process of its own: it is CommonJS and loads Nest, which Jest cannot do. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { transactionContract } from '@nestjs-idempotency/testing';
import { layGround, type PostgresGround } from './ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const run = fileURLToPath(new URL('../../tools/run.js', import.meta.url));
const program = fileURLToPath(new URL('./tools/cls-transactional.program.ts', import.meta.url));

let ground: PostgresGround;
let outcomes: Record<string, string>;

beforeAll(async () => {
  ground = await layGround({ maxConnections: 100 });
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [run, program, ground.url], { env });
  outcomes = JSON.parse(stdout) as Record<string, string>;
}, 60_000);
afterAll(() => ground.stop());

const names = transactionContract(() => Promise.reject(new Error('run in the other process'))).map(({ name }) => name);

it.each(names)('%s', (name) => {
  expect(outcomes[name]).toBe('passed');
});
