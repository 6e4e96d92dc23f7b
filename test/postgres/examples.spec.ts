/** The examples of the README, each as an application: they are what stands there, and they order once. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { layGround, type PostgresGround } from './ground.js';
import { generatePrismaClient } from './prisma/generate.js';

// Eight applications are started for it, and the machine may be busy.
jest.setTimeout(120_000);

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const names = ['pg', 'typeorm', 'prisma', 'drizzle', 'knex', 'kysely', 'mikro-orm', 'cls-transactional'];

interface Outcome {
  readonly first: { status: number; replayed: string | null; body: string };
  readonly second: { status: number; replayed: string | null; body: string };
  readonly orders: readonly { id: number; item: string }[];
}

let ground: PostgresGround;
let outcomes: Record<string, Outcome>;
beforeAll(async () => {
  ground = await layGround();
  await ground.outside.query('CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)');
  await generatePrismaClient();
  // In a process of its own: some tools are CommonJS and load Nest, which Jest cannot do.
  const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: ground.url };
  const command = [at('../../tools/run.js'), at('./examples.program.ts'), ...names];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env });
  outcomes = JSON.parse(stdout) as Record<string, Outcome>;
});
afterAll(() => ground.stop());

const readme = readFileSync(at('../../packages/postgres/README.md'), 'utf8');

describe.each(names)('the example for %s', (name) => {
  it('stands in the README as it is run here', () => {
    const [, ...lines] = readFileSync(at(`./examples/${name}.ts`), 'utf8').split('\n');
    expect(readme).toContain(lines.join('\n').trim());
  });

  it('orders once, and answers the retry by the first answer', () => {
    const outcome = outcomes[name];
    expect(outcome).toMatchObject({ first: { status: 201, replayed: null }, second: { status: 201, replayed: 'true' } });
    expect(outcome?.second.body).toBe(outcome?.first.body);
    expect(outcome?.orders).toHaveLength(1);
    expect(JSON.parse(outcome?.first.body ?? '')).toEqual(outcome?.orders[0]);
  });
});
