/** The sample shop with its answers outside the process: killed in the middle of a request, opened again, asked again. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startPostgres, type PostgresServer } from '../servers/postgres.js';
import { startRedis, type RedisServer } from '../servers/redis.js';
import { Shop } from './shop.js';

/** Longer than it takes to see that a request is running. */
const SLOW = { OUTSIDE_MS: '60000' };

/** Settles when a transaction has taken money and not yet given it to anybody. */
async function untilDebited(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const debited = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
    AND state = 'idle in transaction' AND query LIKE 'UPDATE accounts SET cents = cents - %'`;
  while ((await client.query(debited)).rowCount === 0);
  await client.end();
}

describe('the sample shop on Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  }, 120_000);
  afterAll(() => redis.stop());

  it('answers from Redis after a restart', async () => {
    const key = randomUUID();
    const order = { article: 'espresso-beans', quantity: 1 };
    const environment = { REDIS_URL: redis.url };
    const first = await Shop.during(environment, (shop) => shop.post('/orders', order, key));

    const retry = await Shop.during(environment, (shop) => shop.post('/orders', order, key));

    expect(first.status).toBe(201);
    expect(retry).toEqual({ ...first, replayed: 'true' });
  }, 60_000);

  it('takes an order again whose process was killed, as soon as its lease is over', async () => {
    const key = randomUUID();
    const order = { article: 'espresso-beans', quantity: 1 };
    await Shop.during({ REDIS_URL: redis.url, ...SLOW }, async (shop) => {
      const lost = shop.post('/orders', order, key).catch((error: unknown) => error);
      await shop.until('/orders', (orders) => orders !== '[]');
      expect(await shop.close('SIGKILL')).toBe('SIGKILL');
      expect(await lost).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    });

    await Shop.during({ REDIS_URL: redis.url, PLATFORM: 'fastify' }, async (shop) => {
      expect(await shop.post('/orders', order, key)).toMatchObject({ status: 201, replayed: null });
      expect(await shop.post('/orders', order, key)).toMatchObject({ status: 201, replayed: 'true' });
      expect(await shop.count('/orders')).toBe(1);
    });
  }, 60_000);
});

describe.each(['express', 'fastify'])('the sample shop on Postgres and %s', (PLATFORM) => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  afterAll(() => postgres.stop());

  it('has moved nothing after a kill between debit and credit, moves the money once, and stays balanced', async () => {
    const environment = { PLATFORM, DATABASE_URL: await postgres.database() };
    const key = randomUUID();
    const transfer = { from: 'till', to: 'safe', cents: 2500 };
    await Shop.during({ ...environment, ...SLOW }, async (shop) => {
      const lost = shop.post('/transfers', transfer, key).catch((error: unknown) => error);
      await untilDebited(environment.DATABASE_URL);
      await shop.close('SIGKILL');
      expect(await lost).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    });

    await Shop.during(environment, async (shop) => {
      expect((await shop.get('/transfers/balances')).text).toBe('{"safe":100000,"till":100000}');
      const answers = await Promise.all(Array.from({ length: 20 }, () => shop.post('/transfers', transfer, key)));
      expect(answers.filter((answer) => answer.replayed === null)).toHaveLength(1);
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
        new Set([`201 ${JSON.stringify(transfer)}`]),
      );
      expect((await shop.get('/transfers/balances')).text).toBe('{"safe":102500,"till":97500}');
    });
  }, 60_000);

  it('rolls the debit back when the credit finds no account', async () => {
    const environment = { PLATFORM, DATABASE_URL: await postgres.database() };
    await Shop.during(environment, async (shop) => {
      const refused = await shop.post('/transfers', { from: 'till', to: 'nowhere', cents: 1 }, randomUUID());
      expect(refused.status).toBe(422);
      expect((await shop.get('/transfers/balances')).text).toBe('{"safe":100000,"till":100000}');
    });
  }, 60_000);
});
