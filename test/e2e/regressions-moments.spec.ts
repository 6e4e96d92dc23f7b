/** Hard moments: what broke other libraries while a handler was running, on both platforms. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CallHandler, HttpException, type INestApplication, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { type Lease, MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import type { IdempotencyOptions } from 'nestjs-idempotency';
import { tap, timeout } from 'rxjs';
import { CONTROLLERS, Orders, until } from './orders.js';
import { closeAll, run, type Running } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

/** A lock that counts renewals. */
class RenewedLock extends MemoryLock {
  renewals = 0;
  override renew(lease: Lease, leaseMs: number) {
    this.renewals += 1;
    return super.renew(lease, leaseMs);
  }
}

class Timeout implements NestInterceptor {
  fired = 0;
  intercept(_: unknown, next: CallHandler) {
    return next.handle().pipe(timeout(40), tap({ error: () => (this.fired += 1) }));
  }
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  let orders: Orders;
  let running: Running;
  let arrived: number;
  beforeEach(() => {
    orders = new Orders();
    arrived = 0;
  });
  afterEach(() => {
    orders.release();
  });

  const start = async (options: IdempotencyOptions = {}, outside: NestInterceptor[] = []): Promise<void> => {
    running = await run(
      platform,
      { conflictStatus: null, lock: { timeoutMs: 20_000 }, ...options },
      {
        controllers: CONTROLLERS,
        providers: [
          { provide: Orders, useValue: orders },
          ...outside.map((useValue) => ({ provide: APP_INTERCEPTOR, useValue })),
        ],
        prepare: (app: INestApplication) =>
          app.use((_request: unknown, _response: unknown, next: () => void) => {
            arrived += 1;
            next();
          }),
      },
    );
  };
  const post = (path: string, key = 'k', signal?: AbortSignal): Promise<Reply> =>
    send(running.port, path, { key, ...(signal && { signal }) });
  const shown = ({ status, text }: Reply): unknown[] => [status, text];

  it('runs the handler once for 200 requests at once with one key, and all 200 get the same answer', async () => {
    await start();
    orders.hold();
    const all = Promise.all(Array.from({ length: 200 }, () => post('/orders')));
    await until(() => arrived === 200);
    orders.release();
    const replies = await all;
    expect(new Set(replies.map((reply) => JSON.stringify(shown(reply))))).toEqual(
      new Set([JSON.stringify([201, '{"order":1}'])]),
    );
    expect(orders.runs).toBe(1);
  }, 30_000);

  it.each(['/orders', '/observable'])('keeps the answer of %s when the client has gone mid-handler', async (path) => {
    await start();
    orders.hold();
    const leaving = new AbortController();
    const first = post(path, 'k', leaving.signal);
    await until(() => orders.runs === 1);
    leaving.abort();
    await expect(first).rejects.toThrow();
    const retry = post(path);
    await until(() => arrived === 2);
    orders.release();
    expect(shown(await retry)).toEqual([201, '{"order":1}']);
    expect(shown(await post(path))).toEqual([201, '{"order":1}']);
    expect(orders.runs).toBe(1);
  });

  it('keeps the answer of a handler whose caller was told 500 by an outer timeout()', async () => {
    await start({}, [new Timeout()]);
    orders.hold();
    const first = await post('/orders');
    expect([first.status, orders.runs]).toEqual([500, 1]);
    orders.release();
    await until(() => running.events.some(({ kind }) => kind === 'request'));
    expect(shown(await post('/orders'))).toEqual([201, '{"order":1}']);
    expect(orders.runs).toBe(1);
  });

  it('sends a waiting duplicate away that an outer timeout() has answered before, without a word to it', async () => {
    await start({ profile: 'ietf', lock: { timeoutMs: 100 } }, [new Timeout()]);
    orders.hold();
    expect((await post('/orders')).status).toBe(500);
    expect((await post('/orders')).status).toBe(500);
    await until(() => running.events.some((event) => event.kind === 'request' && event.outcome === 'in-progress'));
    expect(running.events.filter(({ kind }) => kind === 'fault')).toEqual([]);
    orders.release();
  });

  it('keeps the answer of a handler whose client has left before an outer timeout() answered it', async () => {
    const outside = new Timeout();
    await start({}, [outside]);
    orders.hold();
    const leaving = new AbortController();
    const first = post('/orders', 'k', leaving.signal);
    await until(() => orders.runs === 1);
    leaving.abort();
    await expect(first).rejects.toThrow();
    await until(() => outside.fired === 1);
    orders.release();
    await until(() => running.events.some(({ kind }) => kind === 'request'));
    expect(shown(await post('/orders'))).toEqual([201, '{"order":1}']);
    expect(orders.runs).toBe(1);
  });

  it('gives the answer of an Observable of several values again', async () => {
    await start();
    const first = await post('/several');
    expect(shown(await post('/several'))).toEqual(shown(first));
    expect([first.status, orders.runs]).toEqual([201, 1]);
  });

  it('answers an Observable that is empty as Nest does, and does not run it twice', async () => {
    await start();
    const first = await post('/empty');
    expect(shown(first)).toEqual([500, '{"statusCode":500,"message":"Internal server error"}']);
    const retry = await post('/empty');
    expect(retry.status).toBe(409);
    expect(JSON.parse(retry.text)).toMatchObject({ reason: 'answer-not-kept' });
  });

  it('answers an Observable of several values with the last of them', async () => {
    await start();
    expect((await post('/several')).text).toBe('{"order":1,"part":2}');
  });

  it.each([
    ['/failing', 402],
    ['/breaking', 500],
  ])('frees the key of an Observable that errors: %s', async (path, status) => {
    await start();
    expect((await post(path)).status).toBe(status);
    expect((await post(path)).status).toBe(status);
    expect(orders.runs).toBe(2);
  });

  it('keeps the error of an Observable where its status is listed', async () => {
    await start({ storage: { storeOnStatuses: [402] } });
    const first = await post('/failing');
    expect(shown(first)).toEqual([402, '{"order":1}']);
    expect(shown(await post('/failing'))).toEqual(shown(first));
    expect(orders.runs).toBe(1);
  });

  it('works on a handler that is bound on method, class and application', async () => {
    await start();
    expect(shown(await post('/twice'))).toEqual([201, '{"order":1}']);
    expect(shown(await post('/twice'))).toEqual([201, '{"order":1}']);
    expect(orders.runs).toBe(1);
  });

  const circular: Error & { response?: object } = new Error('circular');
  circular.response = { error: circular };
  it.each([
    ['an Error', new Error('down')],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'down'],
    ['a number', 0],
    ['a circular error, as HTTP clients throw', circular],
    ['an HttpException', new HttpException('no', 418)],
    ['a frozen object', Object.freeze({ status: 'odd' })],
  ])('frees the key of a handler that throws %s', async (_, error) => {
    await start();
    orders.thrown = { error };
    const first = await post('/orders');
    expect(first.status).toBe(error instanceof HttpException ? 418 : 500);
    orders.thrown = undefined;
    expect(shown(await post('/orders'))).toEqual([201, '{"order":2}']);
    expect(shown(await post('/orders'))).toEqual([201, '{"order":2}']);
  });

  it.each([
    ['undefined', undefined],
    ['a circular error', circular],
  ])('keeps the answer to a handler that throws %s where its status is listed', async (_, error) => {
    await start({ storage: { storeOnStatuses: [500] } });
    orders.thrown = { error };
    const first = await post('/orders');
    expect(shown(await post('/orders'))).toEqual(shown(first));
    expect([first.status, orders.runs]).toEqual([500, 1]);
  });

  it('tells nobody what an error said inside, also where an outer timeout() had answered before it was thrown', async () => {
    await start({ storage: { storeOnStatuses: [500] } }, [new Timeout()]);
    orders.thrown = { error: new Error('SECRET of the database') };
    const said = [500, '{"statusCode":500,"message":"Internal server error"}'];
    expect([shown(await post('/orders')), shown(await post('/orders'))]).toEqual([said, said]);
    orders.hold();
    expect((await post('/orders', 'slow')).status).toBe(500);
    orders.release();
    await until(() => running.events.filter(({ kind }) => kind === 'request').length === 3);
    const retry = await post('/orders', 'slow');
    expect([retry.status, retry.text.includes('answer-not-kept'), retry.text.includes('SECRET')]).toEqual([409, true, false]);
    expect(orders.runs).toBe(2);
  });

  it('goes by no clock that somebody sets', async () => {
    await start({ lock: { timeoutMs: 0 } });
    orders.hold();
    const first = post('/orders');
    await until(() => orders.runs === 1);
    const wall = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 30 * 86_400_000);
    try {
      expect((await post('/orders')).status).toBe(423);
      orders.release();
      expect(shown(await first)).toEqual([201, '{"order":1}']);
      wall.mockReturnValue(Date.now() + 30 * 86_400_000);
      expect(shown(await post('/orders'))).toEqual([201, '{"order":1}']);
    } finally {
      wall.mockRestore();
    }
    expect(orders.runs).toBe(1);
  });

  it('renews the lease of a handler that takes longer, so that a duplicate does not run', async () => {
    const use = new RenewedLock();
    await start({ lock: { use, leaseMs: 100, timeoutMs: 0 } });
    orders.hold();
    const first = post('/orders');
    await until(() => use.renewals >= 6);
    expect((await post('/orders')).status).toBe(423);
    orders.release();
    expect(shown(await first)).toEqual([201, '{"order":1}']);
    expect(shown(await post('/orders'))).toEqual([201, '{"order":1}']);
    expect(orders.runs).toBe(1);
  });

  it('keeps the answers of what still runs at shutdown, for the next process', async () => {
    const storage = new MemoryStorage();
    await start({ storage: { use: storage } });
    orders.hold();
    const first = post('/orders').then(shown, () => 'broken off');
    await until(() => orders.runs === 1);
    const closed = running.app.close();
    // The server cuts its connections first, and asks what still runs after that.
    await expect(first).resolves.toBe('broken off');
    orders.release();
    await closed;
    expect(storage.size).toBe(1);
    await start({ storage: { use: storage } });
    expect(shown(await post('/orders'))).toEqual([201, '{"order":1}']);
    expect(orders.runs).toBe(1);
  });

  it('ends at shutdown even if a handler never does', async () => {
    await start({ shutdownMs: 20 });
    orders.hold();
    const first = post('/orders').catch(() => 'broken off');
    await until(() => orders.runs === 1);
    await running.app.close();
    await expect(first).resolves.toBe('broken off');
  });
});
