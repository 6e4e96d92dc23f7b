/** The module as an application meets it: options in, protected routes out, on both platforms. */
import { Body, Controller, Get, HttpCode, Injectable, Module, Post, UseInterceptors } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  IDEMPOTENCY_STORAGE,
  IdempotencyEvents,
  type IdempotencyEvent,
  IdempotencyExempt,
  IdempotencyInterceptor,
  IdempotencyKey,
  IdempotencyManual,
  IdempotencyModule,
  type IdempotencyOptionsFactory,
  IdempotencyState,
  MemoryStorage,
} from 'nestjs-idempotency';
import { PLATFORMS, serve, type Server } from './serve.js';

@Controller('orders')
class OrdersController {
  static runs = 0;

  @Post()
  @IdempotencyKey()
  async create(@Body() order: { item: string }): Promise<object> {
    const id = ++OrdersController.runs;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { id, item: order.item };
  }

  @Post('exempt')
  @IdempotencyExempt()
  exempt(): object {
    return { id: ++OrdersController.runs };
  }

  @Post('optional')
  @IdempotencyKey({ optional: true })
  @UseInterceptors(IdempotencyInterceptor)
  optional(@IdempotencyState() state: IdempotencyState): object {
    return { id: ++OrdersController.runs, exempt: state.exempt };
  }

  @Post('manual')
  @IdempotencyManual()
  manual(@IdempotencyState() state: IdempotencyState): object {
    const before = state.answer ? (JSON.parse(Buffer.from(state.answer.body).toString()) as unknown) : null;
    return { id: ++OrdersController.runs, exists: state.exists, before };
  }

  @Post('given-back')
  @HttpCode(202)
  @IdempotencyManual()
  givenBack(@IdempotencyState() state: IdempotencyState): unknown {
    return state.answer ?? { id: ++OrdersController.runs };
  }

  @Get()
  list(): object {
    return { runs: OrdersController.runs };
  }
}

@Injectable()
class Options implements IdempotencyOptionsFactory {
  createIdempotencyOptions() {
    return { conflictStatus: null };
  }
}

const order = { method: 'POST', body: JSON.stringify({ item: 'book' }) };
const keyed = (key: string) => ({ ...order, headers: { 'content-type': 'application/json', 'idempotency-key': key } });

describe.each(PLATFORMS)('on %s', (platform) => {
  let server: Server;
  const events: IdempotencyEvent[] = [];

  beforeAll(async () => {
    @Module({
      imports: [IdempotencyModule.forRoot({ lock: { timeoutMs: 5_000 }, onEvent: (event) => events.push(event) })],
      controllers: [OrdersController],
    })
    class AppModule {}
    server = await serve(platform, AppModule);
  });
  beforeEach(() => {
    OrdersController.runs = 0;
    events.length = 0;
  });
  afterAll(() => server.close());

  const post = async (path: string, init: RequestInit) => {
    const response = await fetch(server.url + path, { method: 'POST', ...init });
    return { status: response.status, text: await response.text() };
  };

  it('runs a handler once per key and answers the retry with 409 and the first body', async () => {
    expect(await post('/orders', keyed('a'))).toEqual({ status: 201, text: '{"id":1,"item":"book"}' });
    expect(await post('/orders', keyed('a'))).toEqual({ status: 409, text: '{"id":1,"item":"book"}' });
    expect(OrdersController.runs).toBe(1);
    expect(events.map((event) => event.kind === 'request' && event.outcome)).toEqual(['executed', 'replayed']);
  });

  it('runs the handler once for 200 requests at once, and gives all of them its answer', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => post('/orders', keyed('storm'))));
    expect(OrdersController.runs).toBe(1);
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"id":1,"item":"book"}']));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('refuses a request without a key, and one with an empty key also where it is optional', async () => {
    expect((await post('/orders', { ...order, headers: { 'content-type': 'application/json' } })).status).toBe(400);
    expect((await post('/orders/optional', keyed(''))).status).toBe(400);
    expect(OrdersController.runs).toBe(0);
  });

  it('lets a request without an optional key run unprotected, and protects one with a key, although it is bound twice', async () => {
    expect(await post('/orders/optional', {})).toEqual({ status: 201, text: '{"id":1,"exempt":true}' });
    expect(await post('/orders/optional', keyed('b'))).toEqual({ status: 201, text: '{"id":2,"exempt":false}' });
    expect(await post('/orders/optional', keyed('b'))).toEqual({ status: 409, text: '{"id":2,"exempt":false}' });
  });

  it('ignores keys on an exempt route', async () => {
    expect((await post('/orders/exempt', keyed('c'))).text).toBe('{"id":1}');
    expect((await post('/orders/exempt', keyed('c'))).text).toBe('{"id":2}');
  });

  it('runs a manual handler every time and shows it what its last answer was', async () => {
    expect((await post('/orders/manual', keyed('d'))).text).toBe('{"id":1,"exists":false,"before":null}');
    const second = '{"id":2,"exists":true,"before":{"id":1,"exists":false,"before":null}}';
    expect(await post('/orders/manual', keyed('d'))).toEqual({ status: 201, text: second });
    expect((await post('/orders/manual', keyed('d'))).text).toContain(`"before":${second}`);
  });

  it('gives the kept answer again, status and all, where a manual handler returns it', async () => {
    const first = await post('/orders/given-back', keyed('g'));
    expect(first).toEqual({ status: 202, text: '{"id":1}' });
    expect(await post('/orders/given-back', keyed('g'))).toEqual(first);
    expect(await post('/orders/given-back', keyed('g'))).toEqual(first);
  });
});

describe('forRootAsync', () => {
  it.each([
    ['useFactory', IdempotencyModule.forRootAsync({ useFactory: () => Promise.resolve({ conflictStatus: null }) })],
    ['useClass', IdempotencyModule.forRootAsync({ useClass: Options })],
  ])('takes its options from %s', async (_, imported) => {
    @Module({ imports: [imported], controllers: [OrdersController] })
    class AppModule {}
    const server = await serve('express', AppModule);
    await fetch(`${server.url}/orders`, keyed('e'));
    const retry = await fetch(`${server.url}/orders`, keyed('e'));
    expect(retry.status).toBe(201);
    await server.close();
  });

  it('takes its options from useExisting', async () => {
    @Module({ providers: [Options], exports: [Options] })
    class OptionsModule {}
    @Module({
      imports: [IdempotencyModule.forRootAsync({ imports: [OptionsModule], useExisting: Options })],
      controllers: [OrdersController],
    })
    class AppModule {}
    const server = await serve('express', AppModule);
    await fetch(`${server.url}/orders`, keyed('f'));
    expect((await fetch(`${server.url}/orders`, keyed('f'))).status).toBe(201);
    await server.close();
  });

  it('makes the storage that was given injectable', async () => {
    const storage = new MemoryStorage();
    @Module({ imports: [IdempotencyModule.forRoot({ storage: { use: storage } })], controllers: [OrdersController] })
    class AppModule {}
    const server = await serve('express', AppModule);
    const app = server.app as NestExpressApplication;
    expect(app.get(IDEMPOTENCY_STORAGE)).toBe(storage);
    expect(app.get(IdempotencyEvents)).toBeInstanceOf(IdempotencyEvents);
    await server.close();
  });

  it('takes what a method does not say from its controller, whether its key is optional too', async () => {
    @Controller('stock')
    @IdempotencyKey({ optional: true })
    class StockController {
      @Post()
      @IdempotencyKey({ waitMs: 5 })
      deliver(): object {
        return {};
      }

      @Post('recount')
      @IdempotencyKey({ optional: false })
      recount(): object {
        return {};
      }
    }
    @Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf' })], controllers: [StockController] })
    class AppModule {}
    const server = await serve('express', AppModule);
    expect((await fetch(`${server.url}/stock`, { method: 'POST' })).status).toBe(201);
    expect((await fetch(`${server.url}/stock/recount`, { method: 'POST' })).status).toBe(400);
    await server.close();
  });
});
