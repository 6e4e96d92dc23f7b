/** Clients as applications set them up, and clients made from a URL by either driver. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RedisBackend, RedisStorage, type RedisSource } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { createClient, RESP_TYPES } from 'redis';
import { readAddress } from '../../packages/redis/src/address.js';
import { ownIoredis } from '../../packages/redis/src/own-ioredis.js';
import { ownNodeRedis } from '../../packages/redis/src/own-node-redis.js';
import { startRedis, type RedisServer } from '../servers/redis.js';
import { leaseOn, LONG_MS, RECORD } from './leases.js';
import { until } from './until.js';

jest.setTimeout(60_000);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Claims, is told the claim, waits, is woken, and replays every byte. */
async function serves(source: RedisSource): Promise<void> {
  const backend = new RedisBackend(source, { timeoutMs: 5_000 });
  const lease = leaseOn();
  await backend.check();
  expect(await backend.open(lease, LONG_MS, LONG_MS)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  const watch = backend.watch(lease.slot);
  expect(await backend.open(leaseOn(lease.slot), LONG_MS, LONG_MS)).toMatchObject({
    claim: { kind: 'held', fingerprint: 'asked', leftMs: expect.any(Number) },
  });
  expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
  await watch.woken;
  watch.close();
  expect([...((await backend.open(leaseOn(lease.slot), LONG_MS, LONG_MS)).record ?? [])]).toEqual([...RECORD]);
  await backend.close();
}

describe('ioredis', () => {
  it.each([
    ['with a prefix of its own', { keyPrefix: 'app:' }],
    ['with numbers as strings', { stringNumbers: true }],
    ['without a queue for commands while it is not connected', { enableOfflineQueue: false }],
    ['that sends what was asked in one tick as one pipeline', { enableAutoPipelining: true }],
    ['that connects when it is first used', { lazyConnect: true }],
    ['on another database', { db: 3 }],
    // ioredis 6 knows both, and 5 neither.
    ['by RESP2', { protocol: 2 as const }],
    ['that gives maps and doubles as RESP3 has them', { replyMapping: 'resp3' as const }],
  ])('%s', async (_what, options) => {
    const client = new Redis({ port: server.port, ...options });
    if (!('lazyConnect' in options)) await new Promise((resolve) => client.once('ready', resolve));
    await serves(client);
    client.disconnect();
  });
});

describe('node-redis', () => {
  it.each([
    ['by RESP2', { RESP: 2 as const }],
    ['by RESP3', { RESP: 3 as const }],
    ['that maps its replies to Buffers', { commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } }],
    ['on another database', { database: 4 }],
  ])('%s', async (_what, options) => {
    const client = createClient({ url: server.url, ...options }).on('error', () => undefined);
    await client.connect();
    await serves(client);
    client.destroy();
  });
});

describe.each([
  ['ioredis', ownIoredis],
  ['node-redis', ownNodeRedis],
])('a URL, by %s', (_name, own) => {
  it('serves, and again after the server was away', async () => {
    const faults: Error[] = [];
    const other = await startRedis();
    const command = await own(readAddress(`${other.url}/0`), (fault) => faults.push(fault));
    await serves(command);
    await other.kill();
    const storage = new RedisStorage(command, { timeoutMs: 200 });
    await expect(storage.find('slot')).rejects.toThrow('Redis');
    // A driver that waits longer before it connects again would otherwise find the server as if it had never been away.
    await until(() => Promise.resolve(faults.length > 0), 30_000);
    await other.restart();
    await until(
      () =>
        storage.find('slot').then(
          () => true,
          () => false,
        ),
      30_000,
    );
    expect(faults.length).toBeGreaterThan(0);
    await command.close();
    await other.stop();
  });

  it('authenticates, also with a user name', async () => {
    const admin = new Redis(server.port);
    await admin.acl('SETUSER', 'shop', 'on', '>p@ss:word', '~*', '&*', '+@all');
    const command = await own(readAddress(`redis://shop:p%40ss:word@127.0.0.1:${server.port}`), () => undefined);
    await serves(command);
    expect(String(await command.command(['ACL', 'WHOAMI'], ''))).toBe('shop');
    await command.close();
    admin.disconnect();
  });
});

it('serves a user who may do no more than the documentation says', async () => {
  const allowed = 'eval evalsha subscribe info wait get set del exists hset hget hmget pexpire pttl publish';
  const admin = new Redis(server.port);
  const rights = ['~idempotency:*', '&idempotency:*', ...allowed.split(' ').map((command) => `+${command}`)];
  await admin.acl('SETUSER', 'narrow', 'on', '>narrow', ...rights);
  const url = `redis://narrow:narrow@127.0.0.1:${server.port}`;
  await serves(url);
  const backend = new RedisBackend(url);
  expect(await backend.check()).toEqual([expect.stringContaining('appendonly')]);
  await backend.close();
  admin.disconnect();
});

it('a process that only made a backend from a URL ends by itself, without closing it', async () => {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const { fileURLToPath } = await import('node:url');
  const register = new URL('../../tools/register.js', import.meta.url).href;
  const program = fileURLToPath(new URL('./idle.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', register, program, server.url], {
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 30_000,
  });
  expect(stdout).toBe('won\n');
});
