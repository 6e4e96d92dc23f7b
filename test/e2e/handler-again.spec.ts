/** Further subscriptions, handlers that hand on, and refusals that somebody outside tries again, on both platforms. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { All, Controller, HttpException, Inject, Next } from '@nestjs/common';
import { IdempotencyInterceptor } from 'nestjs-idempotency';
import { map, catchError, merge, of, repeat, retry, take, timeout, toArray } from 'rxjs';
import { around, openTill, shown, Till, TillController } from './handler/till.js';
import { until } from './orders.js';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a retry outside runs within the attempt, and its last end counts', async () => {
    const open = await openTill(platform, { outside: [around((handled) => handled.pipe(retry(2)))] });
    open.till.does = ({ run: nth }) => {
      if (nth < 3) throw new Error('not yet');
      return { paid: nth };
    };
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":3}', false]);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":3}', true]);
    expect(open.till.runs).toBe(3);
  });

  it('a retry outside is given the error of a transactional handler again, which runs once, and all is undone', async () => {
    const open = await openTill(platform, { outside: [around((handled) => handled.pipe(retry({ count: 2, delay: 5 })))] });
    open.till.does = async ({ run: nth, ledger }) => {
      await Promise.resolve();
      ledger.write(`try ${nth}`);
      if (nth < 3) throw new Error('not yet');
      return { paid: nth };
    };
    const statuses: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) statuses.push((await open.ask('/tx')).status);
    expect([statuses, open.till.ledger.stray, open.till.ledger.rows]).toEqual([[500, 500, 201], [], ['try 3']]);
  });

  it('a repetition outside is given again what the handler returned, which runs once', async () => {
    const open = await openTill(platform, { outside: [around((handled) => handled.pipe(repeat(2)))] });
    open.till.does = ({ run: nth }) => ({ paid: nth });
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', false]);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('two subscriptions at once are one attempt, and no one of them is refused by the other', async () => {
    const open = await openTill(platform, {
      options: {
        encoder: {
          encode: (request) => Promise.resolve({ slot: `slot-${request.key}`, fingerprint: 'print' }),
        },
      },
      outside: [around((handled) => merge(handled, handled).pipe(toArray()))],
    });
    open.till.does = async ({ run: nth }) => Promise.resolve({ paid: nth });
    const first = await open.ask('/pay');
    expect([first.status, JSON.parse(first.text)]).toEqual([201, [{ paid: 1 }, { paid: 1 }]]);
  });

  it('a retry outside of a timeout waits for the run that goes on, and starts no other beside it', async () => {
    const outside = around((handled) => handled.pipe(timeout(30), retry(1)));
    const open = await openTill(platform, { outside: [outside] });
    open.till.hold();
    open.till.does = async ({ run: nth, pass }) => {
      await pass();
      return { paid: nth };
    };
    expect((await open.ask('/pay')).status).toBe(500);
    open.till.letGo();
    await open.over();
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('a retry outside that comes after the handler has ended is given what it returned', async () => {
    const outside = around((handled) => handled.pipe(timeout(20), retry({ count: 1, delay: 200 })));
    const open = await openTill(platform, { outside: [outside] });
    open.till.does = async ({ run: nth }) => {
      await new Promise((later) => setTimeout(later, 60));
      return { paid: nth };
    };
    expect(shown(await open.ask('/pay')).slice(0, 2)).toEqual([201, '{"paid":1}']);
    expect(open.till.runs).toBe(1);
  });

  it('what a retry outside is given late goes through all that stands inside, which may hide some of it', async () => {
    const outside = around((handled) => handled.pipe(timeout(20), retry({ count: 1, delay: 200 })));
    const inside = around((handled) => handled.pipe(map((value) => ({ ...(value as object), card: '****' }))));
    const open = await openTill(platform, { outside: [outside], inside: [inside] });
    open.till.does = async () => {
      await new Promise((later) => setTimeout(later, 60));
      return { card: '4242' };
    };
    expect(shown(await open.ask('/pay')).slice(0, 2)).toEqual([201, '{"card":"****"}']);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"card":"****"}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('a retry outside, while a recovery still asks, waits for what it finds instead of running the handler', async () => {
    let asked = 0;
    const recover = async () => {
      asked += 1;
      await new Promise((later) => setTimeout(later, 150));
      return { body: { recovered: true } };
    };
    const open = await openTill(platform, {
      options: { leaseMs: 50, afterLapse: { recover } },
      outside: [around((handled) => handled.pipe(timeout(100), retry(1)))],
    });
    const lease = { slot: '', fingerprint: '', token: 'dead' };
    const { ledger } = open.till;
    const opening = ledger.open.bind(ledger);
    let dies = true;
    // The holder before died: its lease is over, and nothing was kept.
    ledger.open = async (asking, ...rest) => {
      if (dies) {
        dies = false;
        await opening({ ...lease, slot: asking.slot, fingerprint: asking.fingerprint }, 1, 60_000);
        await new Promise((over) => setTimeout(over, 10));
      }
      return opening(asking, ...rest);
    };
    open.till.does = () => ({ paid: true });
    expect((await open.ask('/pay')).text).toBe('{"recovered":true}');
    expect([open.till.runs, asked]).toEqual([0, 1]);
  });

  it.each([
    ['a refusal', 'other', 422],
    ['a kept error', 'k', 402],
  ])('%s that somebody outside tries again is answered', async (_, kind, status) => {
    const open = await openTill(platform, { outside: [around((handled) => handled.pipe(retry(2)))] });
    open.till.does = () => {
      throw new HttpException('no funds', 402);
    };
    expect((await open.ask('/pay')).status).toBe(402);
    const again = await open.ask('/pay', kind === 'other' ? { body: { item: 2 } } : {});
    expect([again.status, open.till.runs]).toEqual([status, 3]);
  });

  it('a kept error that somebody outside tries again for ever does not stop the process', async () => {
    const open = await openTill(platform, {
      outside: [
        around((handled) =>
          handled.pipe(
            retry({ count: 1_000 }),
            catchError(() => of('given up')),
          ),
        ),
      ],
    });
    let fails = 0;
    open.till.does = () => {
      if (++fails > 1_000) throw new HttpException('no funds', 402);
      throw new Error('not yet');
    };
    await open.ask('/pay');
    expect(shown(await open.ask('/pay'))[0]).toBeLessThan(500);
  });

  it('whoever unsubscribes at once is not waited for', async () => {
    const outside = around((handled) => {
      handled.subscribe().unsubscribe();
      return handled.pipe(take(1));
    });
    const open = await openTill(platform, { outside: [outside] });
    open.till.does = async ({ run: nth }) => Promise.resolve({ paid: nth });
    const first = await open.ask('/pay');
    expect(first.status).toBe(201);
    expect(shown(await open.ask('/pay'))).toEqual([201, first.text, true]);
  });

  it('binding the interceptor of the module once more changes nothing', async () => {
    const open = await openTill(platform, { prepare: (app) => void app.useGlobalInterceptors(app.get(IdempotencyInterceptor)) });
    open.till.does = ({ run: nth }) => ({ paid: nth });
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', false]);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
  });

  it('a handler that calls next() leaves the protected route behind it protected', async () => {
    const till = new Till();
    @Controller()
    class First {
      passed = 0;
      @All('*splat') all(@Next() next: () => void) {
        this.passed += 1;
        next();
      }
    }
    Inject(Till)(TillController, undefined, 0);
    const { port } = await run(
      'express',
      { profile: 'ietf', backend: till.ledger },
      { controllers: [First, TillController], providers: [{ provide: Till, useValue: till }] },
    );
    till.does = ({ run: nth }) => ({ paid: nth });
    expect((await send(port, '/pay')).status).toBe(400);
    expect(till.runs).toBe(0);
    expect(shown(await send(port, '/pay', { key: 'k' }))).toEqual([201, '{"paid":1}', false]);
    expect(shown(await send(port, '/pay', { key: 'k' }))).toEqual([201, '{"paid":1}', true]);
  });
});

it('a protected handler that calls next() is answered by what stands behind it, within its turn', async () => {
  const open = await openTill('express', {
    options: { keep: () => true },
  });
  open.till.does = ({ next }) => {
    next();
  };
  expect((await open.ask('/next')).status).toBe(404);
  expect((await open.ask('/next')).status).toBe(404);
  await until(() => open.till.runs === 1);
});
