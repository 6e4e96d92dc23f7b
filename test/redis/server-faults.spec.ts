/** A Redis that restarts, forgets, is full, fails over or stands still. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { RedisBackend, RedisStorage } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../servers/redis.js';
import { drivers, type Connected } from './drivers.js';
import { leaseOn, LONG_MS, RECORD } from './leases.js';
import { until } from './until.js';

jest.setTimeout(60_000);

describe.each(drivers)('by %s', (_name, connect) => {
  let server: RedisServer;
  let connected: Connected;
  let admin: Redis;
  let backend: RedisBackend;

  beforeEach(async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    connected = await connect(server.url);
    admin = new Redis(server.url).on('error', () => undefined);
    backend = new RedisBackend(connected.client, { timeoutMs: 500, onFault: () => undefined });
  }, 120_000);

  afterEach(async () => {
    await backend.close();
    await connected.end();
    admin.disconnect();
    await server.stop();
  });

  const won = { claim: { kind: 'won', attempt: 1 } };
  const open = (lease = leaseOn()) => backend.open(lease, LONG_MS, LONG_MS);

  it('goes on when the server was flushed of its scripts', async () => {
    const lease = leaseOn();
    expect(await open(lease)).toEqual(won);
    await admin.script('FLUSH');
    expect(await backend.renew(lease, LONG_MS)).toBe('kept');
    await admin.script('FLUSH');
    expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
    await admin.script('FLUSH');
    expect((await open(leaseOn(lease.slot))).record).toEqual(Buffer.from(RECORD));
  });

  it('remembers a lease over a kill and a restart between claim and save', async () => {
    const lease = leaseOn();
    expect(await open(lease)).toEqual(won);
    await server.kill();
    await server.restart();
    const duplicate = await until(() => open(leaseOn(lease.slot)).catch(() => undefined));
    expect(duplicate).toMatchObject({ claim: { kind: 'held', fingerprint: 'asked' } });
    expect(await backend.renew(lease, LONG_MS)).toBe('kept');
    expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
  });

  it('says in time that a record could not be saved, and finds it its own if that save came through after all', async () => {
    const lease = leaseOn();
    expect(await open(lease)).toEqual(won);
    await server.kill();
    await expect(backend.settle(lease, RECORD, LONG_MS)).rejects.toBeInstanceOf(IdempotencyUnavailableError);
    await server.restart();
    const saved = await until(() => backend.settle(lease, RECORD, LONG_MS).catch(() => undefined));
    if (saved.kind === 'taken') expect(saved.record).toEqual(Buffer.from(RECORD));
    expect((await open(leaseOn(lease.slot))).record).toEqual(Buffer.from(RECORD));
  });

  it('rides out a restart that is shorter than the time for an operation', async () => {
    const patient = new RedisBackend(connected.client, { timeoutMs: 20_000 });
    const lease = leaseOn();
    await server.kill();
    const opening = patient.open(lease, LONG_MS, LONG_MS);
    await server.restart();
    expect(await opening).toEqual(won);
    await patient.close();
  });

  it('tells a holder that its lease is lost when the server lost everything, and keeps its record all the same', async () => {
    const lease = leaseOn();
    await open(lease);
    await admin.flushall();
    expect(await backend.renew(lease, LONG_MS)).toBe('lost');
    expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
    expect((await open(leaseOn(lease.slot))).record).toEqual(Buffer.from(RECORD));
  });

  it('asks again while the server is a replica for a moment, and says so in time when it stays one', async () => {
    await open();
    await admin.replicaof('127.0.0.1', '1');
    await expect(open()).rejects.toThrow(/^Redis at \S+ failed: READONLY/);
    const patient = new RedisBackend(connected.client, { timeoutMs: 20_000 });
    const lease = leaseOn();
    const opening = patient.open(lease, LONG_MS, LONG_MS);
    await admin.replicaof('NO', 'ONE');
    expect(await opening).toEqual(won);
    await patient.close();
  });

  it('gives up in time on a server that stands still, and goes on with it when it moves again', async () => {
    await open();
    await server.pause();
    const startedAt = performance.now();
    const outcome = await open().then(
      () => 'opened',
      (error: unknown) => error,
    );
    const tookMs = performance.now() - startedAt;
    await server.resume();
    expect(outcome).toBeInstanceOf(IdempotencyUnavailableError);
    expect(tookMs).toBeLessThan(900);
    expect(await until(() => open().catch(() => undefined))).toEqual(won);
  });

  it('refuses new claims when memory is full, but renews, keeps and replays what is there', async () => {
    const lease = leaseOn();
    const kept = leaseOn();
    await open(lease);
    await open(kept);
    await backend.settle(kept, RECORD, LONG_MS);
    await admin.config('SET', 'maxmemory', '1');
    await expect(open()).rejects.toThrow('OOM');
    expect(await backend.renew(lease, LONG_MS)).toBe('kept');
    expect((await open(leaseOn(kept.slot))).record).toEqual(Buffer.from(RECORD));
    expect(await backend.open(leaseOn(lease.slot), LONG_MS, LONG_MS)).toMatchObject({ claim: { kind: 'held' } });
    expect(await backend.settle(lease, RECORD, LONG_MS)).toEqual({ kind: 'saved' });
  });

  it('asks again while the server lacks the replicas that it must have to write', async () => {
    await open();
    await admin.config('SET', 'min-replicas-to-write', '1');
    await expect(open()).rejects.toThrow(/^Redis at \S+ failed: NOREPLICAS/);
    const patient = new RedisBackend(connected.client, { timeoutMs: 20_000 });
    const opening = patient.open(leaseOn(), LONG_MS, LONG_MS);
    await admin.config('SET', 'min-replicas-to-write', '0');
    expect(await opening).toEqual(won);
    await patient.close();
  });

  it.each([Number.MAX_SAFE_INTEGER, Infinity])('holds and keeps for %d ms, as good as for ever', async (ms) => {
    const lease = leaseOn();
    expect(await backend.open(lease, ms, ms)).toEqual(won);
    expect(await backend.renew(lease, ms)).toBe('kept');
    expect(await backend.settle(lease, RECORD, ms)).toEqual({ kind: 'saved' });
    expect((await backend.open(leaseOn(lease.slot), ms, ms)).record).toEqual(Buffer.from(RECORD));
  });

  it('neither runs nor writes over a key that is something else', async () => {
    const lease = leaseOn();
    await admin.lpush(`idempotency:{${lease.slot}}:record`, 'foreign');
    await expect(open(lease)).rejects.toThrow('WRONGTYPE');
    await expect(backend.settle(lease, RECORD, LONG_MS)).rejects.toThrow('WRONGTYPE');
    expect(await admin.lrange(`idempotency:{${lease.slot}}:record`, 0, -1)).toEqual(['foreign']);
  });

  it('tells faults without the command, whose arguments are keys and bodies', async () => {
    const storage = new RedisStorage(connected.client);
    await admin.lpush('idempotency:{secret-slot}:record', 'foreign');
    const fault: unknown = await storage
      .save('secret-slot', Buffer.from('secret-body'), LONG_MS)
      .catch((error: unknown) => error);
    const { inspect } = await import('node:util');
    expect(inspect(fault, { depth: 10, showHidden: true })).not.toMatch(/secret-|7365637265742d/);
  });

  it('wakes waiting duplicates again after its subscription was cut', async () => {
    await backend.check();
    const lease = leaseOn();
    await open(lease);
    await open(leaseOn(lease.slot));
    const before = backend.watch(lease.slot);
    await admin.client('KILL', 'TYPE', 'PUBSUB');
    await before.woken;
    before.close();
    const watch = backend.watch(lease.slot);
    await backend.settle(lease, RECORD, LONG_MS);
    await watch.woken;
    watch.close();
  });

  it('ends the subscription that it opened, and leaves the client it was given', async () => {
    await backend.check();
    const subscribers = async () =>
      String(await admin.client('LIST', 'TYPE', 'PUBSUB'))
        .split('\n')
        .filter(Boolean).length;
    expect(await subscribers()).toBe(1);
    await backend.close();
    await until(async () => (await subscribers()) === 0);
    expect(await new RedisBackend(connected.client).open(leaseOn(), LONG_MS, LONG_MS)).toEqual(won);
  });
});
