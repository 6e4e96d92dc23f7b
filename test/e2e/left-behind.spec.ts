/** Requests are gone with the collections of young objects: what grows old costs more than the request (docs/adr/0010). */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { isOlder } from './nest.js';

/** The record of a first request itself; the 8 to 14 KB of a request that grows old are far more. */
const RECORD = 2_500;

// Nest 11 itself binds each interceptor's handler by `AsyncResource.bind`, such a function: behind an interceptor that does nothing, too, its
// requests grow old, 10 KB of each, and 7 KB more by its Fastify 5.11.
const onNewer = isOlder ? it.skip : it;

onNewer('leaves nothing behind but the record of a first request, and nothing of a replay', async () => {
  const files = ['../../tools/run.js', './left-behind.program.ts'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--no-opt', ...files], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const { first, replay } = JSON.parse(stdout) as { first: number; replay: number };
  expect(first).toBeLessThan(RECORD);
  expect(replay).toBeLessThan(RECORD / 5);
});
