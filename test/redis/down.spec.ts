/** A server that is down is named by its place and never by a password, and keeps no process that has closed. */
import { execFile } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { type RedisSource, RedisStorage } from '@nestjs-idempotency/redis';

const run = promisify(execFile);
const [runner, program] = ['../../tools/run.js', './down.program.ts'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

interface Told {
  readonly warnings: readonly string[];
  readonly refusal: string;
  readonly stayedMs: number;
}

it.each(['ioredis', 'node-redis'])('a server that is down: %s', async (driver) => {
  const { stdout } = await run(process.execPath, [runner ?? '', program ?? '', 'redis://ann:hush@127.0.0.1:1', driver]);
  const told = JSON.parse(stdout) as Told;
  expect(told.refusal).toContain('Redis at 127.0.0.1:1 ');
  expect(told.warnings).toEqual([
    expect.stringMatching(/^Redis at 127\.0\.0\.1:1 could not be checked/),
    expect.stringMatching(/^The subscription to Redis at 127\.0\.0\.1:1 does not stand yet/),
  ]);
  expect(stdout).not.toContain('hush');
  expect(told.stayedMs).toBeLessThan(1_000);
});

const MADE: readonly [string, string | undefined, () => { client: RedisSource }][] = [
  ['a URL', '127.0.0.1:1', () => ({ client: 'redis://ann:hush@127.0.0.1:1' })],
  ['a URL of a Cluster', 'localhost:1,[::1]:2', () => ({ client: 'redis+cluster://ann:hush@localhost:1,[::1]:2' })],
  ['ioredis', 'localhost:1', () => ({ client: new Redis('redis://ann:hush@localhost:1', { lazyConnect: true }) })],
  ['ioredis on a socket', '/run/none', () => ({ client: new Redis({ path: '/run/none', password: 'hush', lazyConnect: true }) })],
  [
    'ioredis behind Sentinel',
    'localhost:3',
    () => ({
      client: new Redis({ sentinels: [{ host: 'localhost', port: 3 }], name: 'a', password: 'hush', lazyConnect: true }),
    }),
  ],
  [
    'a Cluster of ioredis',
    'localhost:1',
    () => ({ client: new Cluster([{ host: 'localhost', port: 1 }, 'redis://ann:hush@other:1'], { lazyConnect: true }) }),
  ],
  ['node-redis', 'localhost:1', () => ({ client: createClient({ url: 'redis://ann:hush@localhost:1' }) })],
  [
    'a cluster of node-redis, which does not tell',
    undefined,
    () => ({ client: createCluster({ rootNodes: [{ url: 'redis://ann:hush@localhost:1' }] }) }),
  ],
];

it.each(MADE)('says where it is: %s', async (_, where, make) => {
  const { client } = make();
  if (typeof client !== 'string' && 'on' in client) (client as unknown as EventEmitter).on('error', () => undefined);
  const storage = new RedisStorage(client, { timeoutMs: 30, onFault: () => undefined });
  const refusal = await storage.find('slot').catch(String);
  expect(refusal).toContain(where === undefined ? 'Redis ' : `Redis at ${where} `);
  expect(refusal).not.toContain('hush');
  await storage.close();
  if (typeof client !== 'string' && 'disconnect' in client) (client as { disconnect(): void }).disconnect();
});
