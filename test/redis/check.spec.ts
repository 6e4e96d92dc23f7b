/** What real servers and clients are refused for, and warned of, at start-up. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { RedisBackend, type RedisSource } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startRedis, type RedisServer } from '../servers/redis.js';
import { leaseOn, LONG_MS } from './leases.js';
import { until } from './until.js';

jest.setTimeout(60_000);

let server: RedisServer;
let admin: Redis;
let backend: RedisBackend | undefined;

beforeEach(async () => {
  server = await startRedis(['--appendonly', 'yes']);
  admin = new Redis(server.url).on('error', () => undefined);
}, 120_000);

afterEach(async () => {
  await backend?.close();
  backend = undefined;
  admin.disconnect();
  await server.stop();
});

function check(source: RedisSource): Promise<readonly string[]> {
  backend = new RedisBackend(source, { timeoutMs: 500, onFault: () => undefined });
  return backend.check();
}

it('has nothing to say about a server that keeps everything', async () => {
  expect(await check(admin)).toEqual([]);
});

it('warns of eviction, and of a server that forgets at a restart', async () => {
  await admin.config('SET', 'maxmemory-policy', 'volatile-lru');
  await admin.config('SET', 'appendonly', 'no');
  expect(await check(admin)).toEqual([expect.stringContaining('volatile-lru'), expect.stringContaining('appendonly yes')]);
});

it('refuses a replica', async () => {
  const primary = await startRedis();
  await admin.replicaof('127.0.0.1', primary.port);
  await expect(check(admin)).rejects.toThrow('connected to a replica');
  await primary.stop();
});

it('lets the application start while Redis is down, with a warning, and serves when it is there', async () => {
  await server.kill();
  expect(await check(server.url)).toEqual([
    expect.stringContaining('could not be checked'),
    expect.stringContaining('waiting duplicates poll'),
  ]);
  await server.restart();
  const opened = await until(() => backend?.open(leaseOn(), LONG_MS, LONG_MS).catch(() => undefined));
  expect(opened).toEqual({ claim: { kind: 'won', attempt: 1 } });
});

it('warns of a node-redis client whose lost connection would end the process', async () => {
  const client = await createClient({ url: server.url }).connect();
  expect(await check(client)).toEqual([expect.stringContaining('no listener for `error`')]);
  client.destroy();
});

it('warns where it may not subscribe', async () => {
  await admin.acl('SETUSER', 'quiet', 'on', '>pw', '~*', '+@all', '-subscribe');
  const client = new Redis({ port: server.port, username: 'quiet', password: 'pw' });
  expect(await check(client)).toEqual([expect.stringContaining('waiting duplicates poll')]);
  client.disconnect();
});
