/** Runs the transaction cases over `@nestjs-cls/transactional` and prints what came of each: `URL` of a database is its argument. */
import { transactionContract } from '@nestjs-idempotency/testing';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { countEffects } from '../ground.js';
import { clsTransactionalTool } from './cls-transactional.js';
import { collide } from './collision.js';

const [url = ''] = process.argv.slice(2);
const tool = await clsTransactionalTool.open({ url });
const outside = new pg.Pool({ connectionString: url });
const backend = new PostgresBackend(tool.source);
const cases = transactionContract(() => ({
  connect: () => backend,
  effect: (_backend, name) => tool.effect(name),
  effects: (name) => countEffects(outside, name),
  endByHand: (_backend, how) => tool.hold()(how),
  conflict: () => collide(tool),
}));
const outcomes: Record<string, string> = {};
for (const one of cases) {
  const { name } = one;
  try {
    await one.run();
    outcomes[name] = 'passed';
  } catch (error) {
    outcomes[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
process.stdout.write(JSON.stringify(outcomes));
await backend.close();
await tool.close();
await outside.end();
