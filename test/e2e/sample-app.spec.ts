/** The sample shop, as a process of its own, on both platforms. */
import { randomUUID } from 'node:crypto';
import { Shop } from './shop.js';

describe.each(['express', 'fastify'])('the sample shop on %s', (platform) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ PLATFORM: platform });
  }, 30_000);
  afterAll(() => shop.close());

  it('places an order once and answers the retry with the same bytes', async () => {
    const key = randomUUID();
    const order = { article: 'espresso-beans', quantity: 2 };
    const before = await shop.count('/orders');

    const first = await shop.post('/orders', order, key);
    const retry = await shop.post('/orders', order, key);

    expect(first).toMatchObject({ status: 201, replayed: null });
    expect(JSON.parse(first.text)).toMatchObject({ ...order, cents: 2980 });
    expect(retry).toEqual({ ...first, replayed: 'true' });
    expect(await shop.count('/orders')).toBe(before + 1);
  });

  it('places one order for twenty requests at once, and gives all of them the same answer', async () => {
    const key = randomUUID();
    const before = await shop.count('/orders');

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.post('/orders', { article: 'hand-grinder', quantity: 1 }, key)),
    );

    expect(answers.filter((answer) => answer.replayed === null)).toHaveLength(1);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await shop.count('/orders')).toBe(before + 1);
  });

  it('refuses an order without a key, and another order under a used key', async () => {
    const key = randomUUID();
    await shop.post('/orders', { article: 'filter-papers', quantity: 1 }, key);
    const before = await shop.count('/orders');

    expect(await shop.post('/orders', { article: 'filter-papers', quantity: 1 })).toMatchObject({ status: 400 });
    expect(await shop.post('/orders', { article: 'filter-papers', quantity: 2 }, key)).toMatchObject({ status: 422 });
    expect(await shop.count('/orders')).toBe(before);
  });

  it('corrects an invalid order under the same key, as what a pipe refused was never begun', async () => {
    const key = randomUUID();
    expect(await shop.post('/orders', { article: 'filter-papers', quantity: 0 }, key)).toMatchObject({ status: 400 });
    expect(await shop.post('/orders', { article: 'filter-papers', quantity: 1 }, key)).toMatchObject({ status: 201 });
  });

  it('charges a payment once, and tells a retry how the charge stands now', async () => {
    const key = randomUUID();
    const before = await shop.count('/payments');

    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await shop.post('/payments', { order: 1, cents: 2980 }, key));
    const payments = answers.map((answer) => JSON.parse(answer.text) as { id: string; status: string });

    expect(payments.map((payment) => payment.status)).toEqual(['pending', 'captured', 'captured']);
    expect(new Set(payments.map((payment) => payment.id)).size).toBe(1);
    expect(await shop.count('/payments')).toBe(before + 1);
  });

  it('books a delivery with a key once, and one without a key each time', async () => {
    const pieces = (text: string): number => (JSON.parse(text) as Record<string, number>)['filter-papers'] ?? 0;
    const delivery = { article: 'filter-papers', quantity: 10 };
    const key = randomUUID();
    const before = pieces((await shop.get('/stock')).text);

    await shop.post('/stock/deliveries', delivery, key);
    await shop.post('/stock/deliveries', delivery, key);
    expect(pieces((await shop.get('/stock')).text)).toBe(before + 10);

    await shop.post('/stock/deliveries', delivery);
    await shop.post('/stock/deliveries', delivery);
    expect(pieces((await shop.get('/stock')).text)).toBe(before + 30);
  });

  it('quotes a price without a key', async () => {
    const quote = await shop.post('/orders/quote', { article: 'hand-grinder', quantity: 2 });
    expect(quote).toMatchObject({ status: 200, text: '{"cents":17800}' });
  });
});

describe.each(['express', 'fastify'])('the sample shop on %s, told to stop', (platform) => {
  it('answers the order that is running and then ends by itself', async () => {
    const shop = await Shop.open({ PLATFORM: platform });
    const order = shop.post('/orders', { article: 'espresso-beans', quantity: 1 }, randomUUID());
    await shop.until('/orders', (orders) => orders !== '[]');

    const ended = shop.close();

    expect(await order).toMatchObject({ status: 201 });
    expect(await ended).toBe('SIGTERM');
  }, 30_000);
});
