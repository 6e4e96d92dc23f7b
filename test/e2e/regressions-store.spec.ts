/** Stores that fail, throw, stall, forget or give back rubbish at every call, on both platforms. */
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  envelope,
  type IdempotencyLock,
  type IdempotencyStorage,
  type KeptRecord,
  MemoryLock,
  MemoryStorage,
  type RecordCodec,
} from '@nestjs-idempotency/core';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { faulty, type Faulty } from '@nestjs-idempotency/testing';
import { createCache } from 'cache-manager';
import type { IdempotencyOptions } from 'nestjs-idempotency';
import { CONTROLLERS, Orders, until } from './orders.js';
import { closeAll, run, type Running } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

const DAY = 86_400_000;

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  let orders: Orders;
  let running: Running;
  let storage: Faulty<IdempotencyStorage>;
  let lock: Faulty<IdempotencyLock>;
  afterEach(() => {
    orders.release();
  });

  const start = async (options: IdempotencyOptions = {}, kept: IdempotencyStorage = new MemoryStorage()): Promise<void> => {
    orders = new Orders();
    storage = faulty<IdempotencyStorage>(kept);
    lock = faulty<IdempotencyLock>(new MemoryLock());
    running = await run(
      platform,
      {
        conflictStatus: null,
        ...options,
        storage: { use: storage.port, ...options.storage },
        lock: { use: lock.port, ...options.lock },
      },
      { controllers: CONTROLLERS, providers: [{ provide: Orders, useValue: orders }] },
    );
  };
  const post = (key = 'k'): Promise<Reply> => send(running.port, '/orders', { key });
  /** A retry of a client that comes back as long as it is told that a request is running. */
  const postUntilFree = async (): Promise<Reply> => {
    for (;;) {
      const reply = await post();
      if (reply.status !== 423) return reply;
    }
  };
  const faults = (): string[] => running.events.flatMap((event) => (event.kind === 'fault' ? [event.fault.kind] : []));

  const refusesFirst = async (): Promise<void> => {
    const refused = await post();
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(refused.text)).toMatchObject({ reason: 'store-unavailable' });
    expect(orders.runs).toBe(0);
    storage.troubles.heal();
    lock.troubles.heal();
    expect([(await postUntilFree()).text, (await post()).text, orders.runs]).toEqual(['{"order":1}', '{"order":1}', 1]);
  };

  it('answers 503 and runs nothing when the storage is down, and recovers with it', async () => {
    await start({ lock: { leaseMs: 100 } });
    storage.troubles.always(() => 'lose-request');
    await refusesFirst();
  });

  it('answers 503 and runs nothing when the lock is down, and recovers with it', async () => {
    await start();
    lock.troubles.always(() => 'lose-request');
    await refusesFirst();
  });

  it('answers 503 and runs nothing when the storage throws at once, without a promise', async () => {
    const throwing = new MemoryStorage();
    const find = throwing.find.bind(throwing);
    await start({ storage: { use: throwing }, lock: { leaseMs: 100 } });
    throwing.find = () => {
      throw new Error('no connection');
    };
    expect([(await post()).status, orders.runs]).toEqual([503, 0]);
    throwing.find = find;
    expect([(await postUntilFree()).status, orders.runs]).toEqual([201, 1]);
  });

  it.each(['storage', 'lock'] as const)('answers 503 in time when the %s never answers', async (which) => {
    await start({ storeTimeoutMs: 30 }, new CacheManagerStorage(createCache()));
    const stall = { stall: new Promise(() => undefined) };
    (which === 'storage' ? storage.troubles : lock.troubles).always(() => stall);
    expect([(await post()).status, orders.runs]).toEqual([503, 0]);
  });

  it('does not answer 503 to its own claim whose reply was lost: the retry runs within the lease', async () => {
    await start({ lock: { leaseMs: 60 } });
    lock.troubles.next('acquire', 'lose-reply');
    expect((await post()).status).toBe(503);
    const reply = await postUntilFree();
    expect([reply.status, orders.runs]).toEqual([201, 1]);
  });

  it('runs without protection while the storage is down, where the application wants it so', async () => {
    await start({ whenUnavailable: 'run-unprotected' });
    storage.troubles.always(() => 'lose-request');
    expect([(await post()).status, (await post()).status, orders.runs]).toEqual([201, 201, 2]);
  });

  it('runs nothing twice where the storage refuses a record for good: a tombstone takes its place', async () => {
    class Small extends MemoryStorage {
      override save(slot: string, record: Uint8Array, keepMs: number) {
        const isAnswer = Buffer.from(record).includes('{"order":');
        return isAnswer ? Promise.reject(new Error('object too large')) : super.save(slot, record, keepMs);
      }
    }
    await start({ lock: { leaseMs: 60, holdAtMostMs: 200 } }, new Small());
    expect((await post()).status).toBe(201);
    await until(() => faults().includes('save-refused'));
    const retry = await post();
    expect([retry.status, JSON.parse(retry.text), orders.runs]).toEqual([
      409,
      expect.objectContaining({ reason: 'answer-not-kept' }),
      1,
    ]);
  });

  it('gives the client its answer when the save fails, runs nothing twice, and saves when the storage is back', async () => {
    await start();
    storage.troubles.always((call) => (call === 'save' ? 'lose-request' : undefined));
    expect([(await post()).status, (await post()).status, orders.runs]).toEqual([201, 423, 1]);
    expect(faults()).toContain('save-failed');
    storage.troubles.heal();
    const reply = await postUntilFree();
    expect([reply.status, reply.text, orders.runs]).toEqual([201, '{"order":1}', 1]);
  });

  it('takes a save whose reply was lost for its own', async () => {
    await start();
    storage.troubles.next('save', 'lose-reply');
    expect((await post()).status).toBe(201);
    const reply = await postUntilFree();
    expect([reply.text, orders.runs]).toEqual(['{"order":1}', 1]);
  });

  it.each(['lose-request', 'lose-reply'] as const)(
    'gives the answer, and later the replay, when the release fails: %s',
    async (trouble) => {
      await start();
      lock.troubles.next('release', trouble, 3);
      expect((await post()).status).toBe(201);
      let reply = await post();
      while (reply.status === 423) reply = await post();
      expect([reply.status, reply.text, orders.runs]).toEqual([201, '{"order":1}', 1]);
    },
  );

  it('goes on when a renewal fails, and tells it', async () => {
    await start({ lock: { leaseMs: 150 } });
    orders.hold();
    lock.troubles.next('renew', 'lose-request');
    const first = post();
    await until(() => lock.troubles.calls.filter((call) => call === 'renew').length >= 3);
    orders.release();
    expect([(await first).status, (await post()).text, orders.runs]).toEqual([201, '{"order":1}', 1]);
    expect(faults()).toContain('renew-failed');
  });

  it('tells a handler by its signal that its lease is lost', async () => {
    await start({ lock: { leaseMs: 60 } });
    lock.troubles.always((call) => (call === 'renew' ? 'forget' : undefined));
    expect((await send(running.port, '/until-lost', { key: 'k' })).text).toBe('{"lost":true}');
    expect(faults()).toContain('lease-lost');
  });

  it('gives the first record to all, also to a holder whose lease lapsed and who comes late', async () => {
    await start({ lock: { leaseMs: 60, timeoutMs: 0 } });
    lock.troubles.always((call) => (call === 'renew' ? 'lose-request' : undefined));
    orders.hold();
    const late = post();
    await until(() => orders.runs === 1);
    orders.letPass();
    expect((await postUntilFree()).text).toBe('{"order":2}');
    orders.release();
    expect([(await late).status, (await late).text]).toEqual([201, '{"order":2}']);
    expect([(await post()).text, orders.runs]).toEqual(['{"order":2}', 2]);
    expect(faults()).toEqual(expect.arrayContaining(['lapsed', 'superseded']));
  });

  it.each([
    ['rubbish', Uint8Array.of(1, 2, 3)],
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('{"status":201}')],
  ])('never replays %s, and never runs over it', async (_, rubbish) => {
    const kept = new MemoryStorage();
    await start({}, kept);
    let slot = '';
    const save = kept.save.bind(kept);
    kept.save = (at, record, keepMs) => save((slot = at), record, keepMs);
    await post();
    await kept.replace(slot, rubbish, DAY);
    const refused = await post();
    expect([refused.status, orders.runs]).toEqual([409, 1]);
    expect(JSON.parse(refused.text)).toMatchObject({ reason: 'record-unreadable' });
    expect(await kept.find(slot)).toEqual(rubbish);
    expect(faults()).toContain('unreadable');
  });

  const strange = (codec: Partial<RecordCodec>): Promise<void> => start({ codec: { ...envelope, ...codec } });
  const refusesRetry = async (reason: string): Promise<void> => {
    for (let tries = 0; tries < 3; tries++) {
      const refused = await post();
      expect([refused.status, JSON.parse(refused.text), orders.runs]).toMatchObject([409, { reason }, 1]);
    }
  };

  it('takes what a codec gives that is no record for unreadable', async () => {
    await strange({ decode: () => ({ kind: 'answer', fingerprint: 'f', answer: { status: '200' } }) as unknown as KeptRecord });
    await post();
    await refusesRetry('record-unreadable');
  });

  it('takes what a codec throws for unreadable, and tells it', async () => {
    await strange({ decode: () => JSON.parse('{') as KeptRecord });
    await post();
    await refusesRetry('record-unreadable');
    expect(faults().slice(0, 2)).toEqual(['callback-failed', 'unreadable']);
  });

  it('keeps a tombstone where the codec cannot write the answer down, and gives the answer to its client', async () => {
    await strange({
      encode: (record, slot) => {
        if (record.kind === 'answer') throw new Error('no key');
        return envelope.encode(record, slot);
      },
    });
    expect([(await post()).text, orders.runs]).toEqual(['{"order":1}', 1]);
    await refusesRetry('answer-not-kept');
    expect(faults()).toEqual(['callback-failed']);
  });

  it('never replays a record of which one bit is wrong', async () => {
    const kept = new MemoryStorage();
    const find = kept.find.bind(kept);
    await start({}, kept);
    await post();
    kept.find = async (slot) => {
      const record = (await find(slot))?.slice();
      // The last byte of the body, before the checksum.
      const last = (record?.length ?? 0) - 5;
      if (record?.[last] !== undefined) record[last] ^= 1;
      return record;
    };
    const retried = await post();
    expect([retried.status, retried.text.includes('order'), orders.runs]).toEqual([409, false, 1]);
  });

  it('keeps an answer for longer than a timer can run', async () => {
    await start({ storage: { keepMs: 40 * DAY, use: new MemoryStorage() } });
    expect([(await post()).status, (await post()).text, orders.runs]).toEqual([201, '{"order":1}', 1]);
  });

  it('drops records beyond the bound of memory, but never a running request', async () => {
    const kept = new MemoryStorage({ maxRecords: 3, whenFull: 'drop-oldest' });
    await start({ lock: { timeoutMs: 0 } }, kept);
    orders.hold();
    const first = post('running');
    await until(() => orders.runs === 1);
    orders.release();
    orders.hold();
    const others = Array.from({ length: 20 }, (_, index) => post(`other-${String(index)}`));
    await until(() => orders.runs === 21);
    expect((await post('other-3')).status).toBe(423);
    orders.release();
    await Promise.all([first, ...others]);
    expect(kept.size).toBe(3);
    expect(orders.runs).toBe(21);
    expect(faults()).toEqual(Array.from({ length: 18 }, () => 'dropped'));
  });

  it("refuses new keys at the bound of memory: one caller never drops another's record", async () => {
    await start({}, new MemoryStorage({ maxRecords: 3 }));
    const first = await post('mine');
    const others = await Promise.all(Array.from({ length: 270 }, (_, index) => post(`other-${String(index)}`)));
    const refused = others.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(268);
    for (const { text, headers } of refused) {
      expect(JSON.parse(text)).toMatchObject({ reason: 'store-full' });
      expect(headers['retry-after']).toBe('30');
    }
    expect([(await post('mine')).text, orders.runs]).toEqual([first.text, 3]);
    expect(faults()).toEqual(['store-full']);
    expect(running.events.filter((event) => event.kind === 'request' && event.outcome === 'store-full')).toHaveLength(268);
  });

  it("refuses new keys when the bytes of memory are used up, and drops nobody's record", async () => {
    await start({}, new MemoryStorage({ maxBytes: 400 }));
    const first = await post('mine');
    for (let index = 0; index < 10; index++) await post(`other-${String(index)}`);
    expect((await post('last')).status).toBe(503);
    const { runs } = orders;
    expect([(await post('mine')).text, orders.runs]).toEqual([first.text, runs]);
  });
});
