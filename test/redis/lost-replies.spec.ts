/** Replies that are lost after Redis did what it was asked: nobody is locked out by himself, and nothing is forgotten or counted twice. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { RedisBackend } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { someRedis } from '../servers/redis.js';
import { startProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { drivers, type Connected } from './drivers.js';
import { leaseOn, LONG_MS, RECORD } from './leases.js';
import { until } from './until.js';

jest.setTimeout(60_000);

describe.each(drivers)('by %s', (_name, connect) => {
  let server: Awaited<ReturnType<typeof someRedis>>;
  let proxy: TcpProxy;
  let near: Connected;
  let far: Redis;
  let backend: RedisBackend;
  let patient: RedisBackend;
  let elsewhere: RedisBackend;

  beforeEach(async () => {
    server = await someRedis();
    const url = new URL(server.url);
    proxy = await startProxy(Number(url.port));
    url.port = String(proxy.port);
    near = await connect(url.href);
    backend = new RedisBackend(near.client, { timeoutMs: 300, onFault: () => undefined });
    patient = new RedisBackend(near.client, { timeoutMs: 20_000 });
    far = new Redis(server.url);
    elsewhere = new RedisBackend(far);
    await patient.open(leaseOn(), LONG_MS, LONG_MS);
  });

  afterEach(async () => {
    proxy.set('open');
    await near.end();
    far.disconnect();
    await proxy.close();
    await server.stop();
  });

  it('recognises its own claim when the reply to it was lost', async () => {
    const lost = proxy.loseNextReply();
    const lease = leaseOn();
    expect(await patient.open(lease, LONG_MS, LONG_MS)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    await lost;
  });

  it('renews, and keeps its record, when the reply to either was lost', async () => {
    const lease = leaseOn();
    await patient.open(lease, LONG_MS, LONG_MS);
    const lostRenewal = proxy.loseNextReply();
    expect(await patient.renew(lease, LONG_MS)).toBe('kept');
    await lostRenewal;
    const lostSave = proxy.loseNextReply();
    const saved = await patient.settle(lease, RECORD, LONG_MS);
    await lostSave;
    if (saved.kind === 'taken') expect([...saved.record]).toEqual([...RECORD]);
    const { record } = await elsewhere.open(leaseOn(lease.slot), LONG_MS, LONG_MS);
    expect([...(record ?? [])]).toEqual([...RECORD]);
  });

  it('keeps a renewed lease in Redis beyond the time that it had at first, and its trace', async () => {
    const lease = leaseOn();
    await patient.open(lease, 1_000, 1_000);
    expect(await patient.renew(lease, LONG_MS)).toBe('kept');
    expect(await far.pttl(`idempotency:{${lease.slot}}:lease`)).toBeGreaterThan(LONG_MS - 60_000);
  });

  it('takes a claim back whose reply never came, as soon as Redis can be reached', async () => {
    proxy.set('deaf');
    const lease = leaseOn();
    await expect(backend.open(lease, LONG_MS, LONG_MS)).rejects.toBeInstanceOf(IdempotencyUnavailableError);
    const other = leaseOn(lease.slot);
    expect(await elsewhere.open(other, LONG_MS, LONG_MS)).toMatchObject({ claim: { kind: 'held' } });
    proxy.set('open');
    proxy.cut();
    const claim = await until(async () => {
      const opened = await elsewhere.open(other, LONG_MS, LONG_MS);
      return opened.claim?.kind === 'won' && opened.claim;
    });
    expect(claim).toEqual({ kind: 'won', attempt: 1 });
  });

  it('neither forgets nor counts a lapse by a claim under which nothing ran, also when that is released', async () => {
    const lease = leaseOn();
    await elsewhere.open(lease, 1, LONG_MS);
    await until(async () => (await far.pttl(`idempotency:{${lease.slot}}:lease`)) < LONG_MS - 5);
    proxy.set('deaf');
    const unheard = leaseOn(lease.slot);
    await expect(backend.open(unheard, LONG_MS, LONG_MS)).rejects.toThrow(/^Redis at \S+ did not answer in time\.$/);
    expect(await far.hget(`idempotency:{${lease.slot}}:lease`, 'n')).toBe('2');
    proxy.set('open');
    proxy.cut();
    await until(() =>
      backend.release(unheard).then(
        () => true,
        () => false,
      ),
    );
    const claim = await until(async () => {
      const opened = await elsewhere.open(leaseOn(lease.slot), LONG_MS, LONG_MS);
      return opened.claim?.kind === 'won' && opened.claim;
    });
    expect(claim).toEqual({ kind: 'won', attempt: 2 });
  });

  it('gives up in time while nothing comes back, does not queue without end, and recovers by itself', async () => {
    proxy.set('hole');
    const startedAt = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 1_500 }, () => backend.open(leaseOn(), 50, LONG_MS)));
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(backend.open(leaseOn(), 50, LONG_MS)).rejects.toThrow('owes too many replies');
    proxy.set('open');
    proxy.cut();
    const lease = leaseOn();
    const opened = await until(() => backend.open(lease, LONG_MS, LONG_MS).catch(() => undefined));
    expect(opened).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });
});
