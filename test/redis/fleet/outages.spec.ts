/** A real application whose Redis dies, forgets, or cannot be reached. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from '../../proof/check-history.js';
import { readHistory } from '../../proof/history.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { ask } from '../../servers/redis-pong.js';
import { startProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { until } from '../until.js';
import { clientOf, type Order, type Told } from './client.js';
import { killAll, startShop, type Shop, type ShopSettings } from './shops.js';

jest.setTimeout(60_000);

let redis: RedisServer;
let proxy: TcpProxy;
let folder: string;
let history: string;
let order: Order;

beforeEach(async () => {
  redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  proxy = await startProxy(redis.port);
  folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  history = join(folder, 'history');
  order = clientOf(history);
}, 120_000);
afterEach(async () => {
  await killAll();
  await proxy.close();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

const shop = (settings: Partial<ShopSettings> = {}): Promise<Shop> =>
  startShop({ redis: redis.url, history, leaseMs: 3_000, ...settings });

const answered = (port: number, key: string): Promise<Told> =>
  until(async () => {
    const told = await order(port, key);
    return told?.status === 201 && told;
  }, 20_000);

it('Redis is killed between claim and save: the client has its answer, and a retry has the same after the restart', async () => {
  const [first, other] = await Promise.all([shop({ stopAt: 'took effect' }), shop()]);
  const key = randomUUID();
  const ordering = order(first.port, key);
  await first.untilReached('took effect');
  await redis.kill();
  first.goOn();
  expect(await ordering).toMatchObject({ status: 201, isReplay: false });
  await redis.restart();
  expect(await answered(other.port, key)).toMatchObject({ isReplay: true });
  expect(judge(readHistory(history), 'once')).toMatchObject({ effects: 1, answers: 2, violations: [] });
  expect(first.faults.filter((fault) => fault.startsWith('unhandled'))).toEqual([]);
});

it('Redis is down: 503 with Retry-After, nothing runs, and it serves again when Redis is back', async () => {
  const only = await shop();
  expect(await order(only.port, randomUUID())).toMatchObject({ status: 201 });
  await redis.kill();
  const refused = await Promise.all(Array.from({ length: 20 }, () => order(only.port, randomUUID())));
  expect(refused.map((told) => told?.status)).toEqual(Array.from({ length: 20 }, () => 503));
  expect(refused.every((told) => Number(told?.retryAfter) > 0)).toBe(true);
  expect(readHistory(history).filter(({ kind }) => kind === 'effect')).toHaveLength(1);
  await redis.restart();
  expect(await answered(only.port, randomUUID())).toMatchObject({ isReplay: false });
  expect(only.faults.filter((fault) => fault.startsWith('unhandled'))).toEqual([]);
});

it('a black hole in front of Redis: 503 within two seconds, and one execution after the retry', async () => {
  const only = await shop({ redis: `redis://127.0.0.1:${proxy.port}` });
  expect(await order(only.port, randomUUID())).toMatchObject({ status: 201 });
  proxy.set('hole');
  const key = randomUUID();
  const startedAt = performance.now();
  expect(await order(only.port, key)).toMatchObject({ status: 503 });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  proxy.set('open');
  proxy.cut();
  await answered(only.port, key);
  expect(judge(readHistory(history), 'once')).toMatchObject({ effects: 2, repeated: 0, violations: [] });
});

it('replies are lost after the claim: the slot is not locked for its lease, and runs once', async () => {
  const only = await shop({ redis: `redis://127.0.0.1:${proxy.port}`, leaseMs: 600_000 });
  expect(await order(only.port, randomUUID())).toMatchObject({ status: 201 });
  proxy.set('deaf');
  const key = randomUUID();
  expect(await order(only.port, key)).toMatchObject({ status: 503 });
  proxy.set('open');
  proxy.cut();
  await answered(only.port, key);
  expect(judge(readHistory(history), 'once')).toMatchObject({ effects: 2, repeated: 0, violations: [] });
});

it('Redis forgets everything while an order runs: its answer is kept all the same', async () => {
  const [first, other] = await Promise.all([shop({ stopAt: 'took effect' }), shop()]);
  const key = randomUUID();
  const ordering = order(first.port, key);
  await first.untilReached('took effect');
  expect(await ask(redis.port, 'flushall')).toBe('+OK\r\n');
  expect(await ask(redis.port, 'script flush')).toBe('+OK\r\n');
  first.goOn();
  expect(await ordering).toMatchObject({ status: 201 });
  expect(await order(other.port, key)).toMatchObject({ status: 201, isReplay: true });
  expect(judge(readHistory(history), 'once')).toMatchObject({ effects: 1, violations: [] });
});
