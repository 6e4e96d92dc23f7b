/** Processes of a real application that are killed, or stopped beyond their lease, at every step of an order. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from '../../proof/check-history.js';
import { readHistory } from '../../proof/history.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { until } from '../until.js';
import { clientOf, type Order, type Told } from './client.js';
import { killAll, startShop, type Shop, type ShopSettings } from './shops.js';

jest.setTimeout(60_000);

const LEASE_MS = 1_500;

let redis: RedisServer;
let folder: string;
let history: string;
let order: Order;

beforeAll(async () => {
  redis = await startRedis();
}, 120_000);
afterAll(() => redis.stop());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  history = join(folder, 'history');
  order = clientOf(history);
});
afterEach(async () => {
  await killAll();
  rmSync(folder, { recursive: true, force: true });
});

const shop = (settings: Partial<ShopSettings> = {}): Promise<Shop> =>
  startShop({ redis: redis.url, history, leaseMs: LEASE_MS, ...settings });

/** Retries as a client does until it is answered. */
const answered = (port: number, key: string): Promise<Told> =>
  until(async () => {
    const told = await order(port, key);
    return told?.status === 201 && told;
  });

const effects = () => readHistory(history).filter(({ kind }) => kind === 'effect').length;

it('kill -9 before the effect: a retry is told that it runs, and runs once the lease has ended', async () => {
  const [dying, other] = await Promise.all([shop({ stopAt: 'claimed' }), shop()]);
  const key = randomUUID();
  const lost = order(dying.port, key);
  await dying.untilReached('claimed');
  await dying.kill();
  const killedAt = performance.now();
  expect(await lost).toBeUndefined();
  const told = await order(other.port, key);
  expect(told).toMatchObject({ status: 409, isReplay: false });
  expect(Number(told?.retryAfter)).toBeLessThanOrEqual(Math.ceil(LEASE_MS / 1_000));
  expect(await answered(other.port, key)).toMatchObject({ status: 201, isReplay: false });
  expect(performance.now() - killedAt).toBeLessThan(LEASE_MS + 2_000);
  expect(effects()).toBe(1);
  expect(other.faults).toEqual(['lapsed']);
});

it('kill -9 after the effect and before the save: a retry runs again after the lease, and the lapse is told', async () => {
  const [dying, other] = await Promise.all([shop({ stopAt: 'ran' }), shop()]);
  const key = randomUUID();
  const lost = order(dying.port, key);
  await dying.untilReached('ran');
  await dying.kill();
  expect(await lost).toBeUndefined();
  expect(await answered(other.port, key)).toMatchObject({ isReplay: false });
  expect(judge(readHistory(history), 'once-and-lapses')).toMatchObject({ effects: 2, repeated: 1, violations: [] });
  expect(other.faults).toEqual(['lapsed']);
});

it('kill -9 after the effect, where a lapse may not be repeated: every retry hears that nobody knows', async () => {
  const [dying, other] = await Promise.all([shop({ stopAt: 'ran' }), shop({ afterLapse: 'unknown' })]);
  const key = randomUUID();
  const lost = order(dying.port, key);
  await dying.untilReached('ran');
  await dying.kill();
  expect(await lost).toBeUndefined();
  const verdict = await until(async () => {
    const told = await order(other.port, key);
    return told?.body.includes('outcome-unknown') && told;
  });
  expect(await order(other.port, key)).toMatchObject({
    status: verdict.status,
    body: expect.stringContaining('outcome-unknown'),
  });
  expect(effects()).toBe(1);
});

it('kill -9 after the save and before the answer: a retry is given the answer that nobody had read', async () => {
  const [dying, other] = await Promise.all([shop({ stopAt: 'saved' }), shop()]);
  const key = randomUUID();
  const lost = order(dying.port, key);
  await dying.untilReached('saved');
  await dying.kill();
  expect(await lost).toBeUndefined();
  expect(await order(other.port, key)).toMatchObject({ status: 201, isReplay: true });
  expect(judge(readHistory(history), 'once')).toMatchObject({ effects: 1, violations: [] });
});

it('SIGSTOP beyond the lease: who comes back finds the slot taken and answers with what was recorded', async () => {
  const [paused, other] = await Promise.all([shop({ stopAt: 'ran' }), shop()]);
  const key = randomUUID();
  const late = order(paused.port, key);
  await paused.untilReached('ran');
  paused.pause();
  const first = await answered(other.port, key);
  paused.goOn();
  paused.resume();
  expect(await late).toMatchObject({ status: first.status, body: first.body });
  const judgement = judge(readHistory(history), 'once-and-lapses');
  expect(judgement).toMatchObject({ effects: 2, answers: 2, violations: [] });
});

it('a handler longer than its lease: the lease is renewed, and a duplicate is told that it runs', async () => {
  const [slow, other] = await Promise.all([shop({ stopAt: 'took effect' }), shop()]);
  const key = randomUUID();
  const first = order(slow.port, key);
  await slow.untilReached('took effect');
  const startedAt = performance.now();
  await until(async () => {
    expect(await order(other.port, key)).toMatchObject({ status: 409 });
    return performance.now() - startedAt > 2 * LEASE_MS;
  });
  slow.goOn();
  expect(await first).toMatchObject({ status: 201, isReplay: false });
  expect(await order(other.port, key)).toMatchObject({ status: 201, isReplay: true });
  expect(effects()).toBe(1);
});

it('shutdown: the running order is finished and kept, and the process ends by itself', async () => {
  const [ending, other] = await Promise.all([shop({ stopAt: 'took effect' }), shop()]);
  const key = randomUUID();
  const first = order(ending.port, key);
  await ending.untilReached('took effect');
  const closed = ending.close();
  ending.goOn();
  expect(await first).toMatchObject({ status: 201 });
  await closed;
  expect(await order(other.port, key)).toMatchObject({ status: 201, isReplay: true });
});
