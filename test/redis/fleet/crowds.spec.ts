/** Many requests at once with one key, on several processes of a real application. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from '../../proof/check-history.js';
import { readHistory } from '../../proof/history.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { clientOf } from './client.js';
import { killAll, startShop, type Shop } from './shops.js';

jest.setTimeout(60_000);

let redis: RedisServer;
let folder: string;
let history: string;

beforeAll(async () => {
  redis = await startRedis();
}, 120_000);
afterAll(() => redis.stop());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  history = join(folder, 'history');
});
afterEach(async () => {
  await killAll();
  rmSync(folder, { recursive: true, force: true });
});

it('two processes, 200 requests at once with one key: one execution and 200 equal answers', async () => {
  const shop = (): Promise<Shop> => startShop({ redis: redis.url, history, leaseMs: 10_000, waitMs: 20_000 });
  const [a, b] = await Promise.all([shop(), shop()]);
  const [order, key] = [clientOf(history), randomUUID()];
  const told = await Promise.all(Array.from({ length: 200 }, (_, i) => order((i % 2 === 0 ? a : b).port, key)));
  expect(new Set(told.map((one) => `${one?.status} ${one?.body}`)).size).toBe(1);
  expect(told.filter((one) => one?.isReplay)).toHaveLength(199);
  expect(judge(readHistory(history), 'once')).toMatchObject({ requests: 200, answers: 200, effects: 1, violations: [] });
});

it('50 requests at once on four processes: one runs, and 49 are told so while it runs', async () => {
  const stopAt = 'took effect';
  const shops = await Promise.all([0, 1, 2, 3].map(() => startShop({ redis: redis.url, history, leaseMs: 10_000, stopAt })));
  const [order, key] = [clientOf(history), randomUUID()];
  const refused: number[] = [];
  const orders = Array.from({ length: 50 }, async (_, i) => {
    const told = await order(shops[i % 4]?.port ?? 0, key);
    if (told?.status !== 201) refused.push(told?.status ?? 0);
    if (refused.length === 49) for (const shop of shops) shop.goOn();
    return told;
  });
  const told = await Promise.all(orders);
  expect(refused).toEqual(Array.from({ length: 49 }, () => 409));
  expect(told.filter((one) => one?.status === 201)).toHaveLength(1);
  expect(judge(readHistory(history), 'once')).toMatchObject({ requests: 50, answers: 1, effects: 1, violations: [] });
});
