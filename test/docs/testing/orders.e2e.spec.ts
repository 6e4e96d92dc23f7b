// test/orders.e2e-spec.ts
import { Body, Controller, type INestApplication, Injectable, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { idempotencyForTests } from '@nestjs-idempotency/testing';
import { RedisBackend } from '@nestjs-idempotency/redis';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

@Injectable()
class OrdersService {
  async place(article: string) {
    return Promise.resolve({ article, state: 'placed' });
  }
}

@Controller('orders')
class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  @IdempotencyKey()
  create(@Body() order: { article: string }) {
    return this.orders.place(order.article);
  }
}

@Module({
  imports: [
    IdempotencyModule.forRoot({ profile: 'ietf', application: 'orders', backend: new RedisBackend('redis://redis:6379') }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
class AppModule {}

const idempotency = idempotencyForTests();

describe('POST /orders', () => {
  let app: INestApplication;
  const post = async (key: string, article = 'beans') => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    return fetch(`${await app.getUrl()}/orders`, { method: 'POST', headers, body: JSON.stringify({ article }) });
  };

  beforeEach(async () => {
    idempotency.reset();
    const module = await idempotency.override(Test.createTestingModule({ imports: [AppModule] })).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });
  afterEach(() => app.close());

  it('places an order once, however it is sent again', async () => {
    await idempotency.expectOnce(app).post('/orders', { article: 'beans' }).holds();
  });

  it('answers a retry as it answered at first', async () => {
    const first = await post('one');
    const again = await post('one');
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect(await again.text()).toBe(await first.text());
    expect([idempotency.runs, idempotency.replays]).toEqual([1, 1]);
  });

  it('refuses another order under the same key', async () => {
    await post('one');
    expect((await post('one', 'peas')).status).toBe(422);
    expect(idempotency.outcomes).toEqual(['executed', 'key-reused']);
  });

  it('knows a key for a day', async () => {
    await post('one');
    idempotency.advance(86_400_000);
    expect((await post('one')).headers.get('idempotency-replayed')).toBeNull();
    expect(idempotency.runs).toBe(2);
  });

  it('runs again after an instance died in the middle of an order', async () => {
    const orders = app.get(OrdersService);
    const place = orders.place.bind(orders);
    let end = (): void => undefined;
    const begun = new Promise<void>((begin) => {
      orders.place = async (article) => {
        begin();
        await new Promise<void>((resolve) => (end = resolve));
        return place(article);
      };
    });
    const first = post('one');
    await begun;
    orders.place = place;
    expect((await post('one')).status).toBe(409);
    idempotency.advance(30_000); // `leaseMs`
    expect((await post('one')).status).toBe(201);
    end();
    await first;
    expect(idempotency.runs).toBe(2);
  });
});
