/** Who comes late is told what is known by then, and answers of others are nobody's record, on both platforms. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpException, type INestApplication, type NestInterceptor, RequestTimeoutException } from '@nestjs/common';
import { defer, from, map, merge, Observable, retry, Subject, switchMap, throwError } from 'rxjs';
import { type Answering, around, leave, openTill, shown } from './handler/till.js';
import { until } from './orders.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

/** Gives up the first time, as soon as `when` says; answers 408. */
function givesUpOnce(when: () => boolean): NestInterceptor {
  let hasGivenUp = false;
  const limit = (): Observable<never> =>
    from(until(when)).pipe(
      switchMap(() => {
        hasGivenUp = true;
        return throwError(() => new RequestTimeoutException());
      }),
    );
  return around((handled) => (hasGivenUp ? handled : merge(handled, defer(limit))));
}

/** Tries once more, as soon as `when` says. */
const triesAgain = (when: () => boolean): NestInterceptor =>
  around((handled) => handled.pipe(retry({ count: 1, delay: () => from(until(when)) })));

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a retry outside of a timeout inside is told what the handler threw meanwhile, and the handler does not run again', async () => {
    let hasThrown = false;
    const open = await openTill(platform, {
      inside: [givesUpOnce(() => open.till.runs === 1)],
      outside: [
        triesAgain(() => {
          open.till.letGo();
          return hasThrown;
        }),
      ],
    });
    open.till.hold();
    open.till.does = async ({ pass, ledger }) => {
      await pass();
      ledger.write('paid');
      hasThrown = true;
      throw new Error('after its effect');
    };
    expect((await open.ask('/pay')).status).toBe(500);
    expect([open.till.runs, open.till.ledger.rows]).toEqual([1, ['paid']]);
  });

  it('a retry outside of an interceptor inside that breaks is given what the handler returned', async () => {
    let breaks = 1;
    const breaking = around((handled) =>
      handled.pipe(
        map((value) => {
          if (breaks-- > 0) throw new Error('An interceptor inside broke.');
          return value;
        }),
      ),
    );
    const open = await openTill(platform, { inside: [breaking], outside: [around((handled) => handled.pipe(retry(1)))] });
    open.till.does = ({ run }) => ({ paid: run });
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', false]);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('a retry outside that listens when the time of the turn is over is answered all the same', async () => {
    const open = await openTill(platform, {
      options: { leaseMs: 60, holdAtMostMs: 100 },
      outside: [triesAgain(() => true), givesUpOnce(() => open.till.runs === 1)],
    });
    open.till.hold();
    open.till.does = async ({ pass, run }) => {
      await pass();
      return { paid: run };
    };
    const asked = open.ask('/pay');
    await until(() => open.faults().length > 0);
    open.till.letGo();
    expect(shown(await asked)).toEqual([201, '{"paid":1}', false]);
    expect(open.till.runs).toBe(1);
  });

  it('what a handler answers by itself is kept, though an interceptor inside breaks over what it returned', async () => {
    const breaking = around((handled) =>
      handled.pipe(
        map(() => {
          open.till.letGo();
          throw new Error('An interceptor inside broke.');
        }),
      ),
    );
    const open = await openTill(platform, { inside: [breaking] });
    open.till.hold();
    open.till.does = ({ response, pass }) => void pass().then(() => response.status(201).send({ paid: true }));
    expect(shown(await open.ask('/answer'))).toEqual([201, '{"paid":true}', false]);
    expect(shown(await open.ask('/answer'))).toEqual([201, '{"paid":true}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('an Observable that was stopped is told of as one whose outcome nobody knows', async () => {
    const open = await openTill(platform, {
      options: { leaseMs: 60, holdAtMostMs: 100, afterLapse: 'unknown' },
      outside: [givesUpOnce(() => open.till.runs === 1)],
    });
    const source = new Subject();
    open.till.does = () => source;
    expect((await open.ask('/pay')).status).toBe(408);
    await open.over();
    expect(source.observed).toBe(false);
    let retried = await open.ask('/pay');
    while (retried.text.includes('in-progress')) retried = await open.ask('/pay');
    expect([retried.status, retried.text.includes('outcome-unknown'), open.till.runs]).toEqual([409, true, 1]);
  });

  it('an answer that left while the slot was looked up does not lend the handler its status, and the retry is given what it returned', async () => {
    let isAnswered = false;
    const open = await openTill(platform, { outside: [givesUpOnce(() => isLookedUp)] });
    let isLookedUp = false;
    const { ledger } = open.till;
    const opening = ledger.open.bind(ledger);
    ledger.open = async (...terms) => {
      isLookedUp = true;
      await until(() => isAnswered);
      return opening(...terms);
    };
    open.till.does = ({ run }) => ({ paid: run });
    expect((await open.ask('/pay')).status).toBe(408);
    isAnswered = true;
    await open.over();
    for (let i = 0; i < 2; i++) expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('a status that a filter sets behind an answer that had no client any more is not that of the handler', async () => {
    let isLookedUp = false;
    let isAnswered = false;
    let isFiltered = false;
    const open = await openTill(platform, {
      inside: [givesUpOnce(() => open.till.runs === 1)],
      prepare: (app) =>
        app.use((_: unknown, response: ServerResponse, next: () => void) => {
          response.once('close', () => {
            if (isAnswered) return;
            response.statusCode = 503;
            response.end('busy');
            isAnswered = true;
          });
          next();
        }),
      filter: {
        catch: (error: HttpException, host) => {
          host.switchToHttp().getResponse<Answering>().status(error.getStatus());
          isFiltered = true;
        },
      },
    });
    const { ledger } = open.till;
    const opening = ledger.open.bind(ledger);
    ledger.open = async (...terms) => {
      isLookedUp = true;
      await until(() => isAnswered);
      return opening(...terms);
    };
    open.till.hold();
    open.till.does = async ({ pass, run }) => {
      await pass();
      return { paid: run };
    };
    await leave(open, '/pay', () => isLookedUp);
    await until(() => isFiltered);
    open.till.letGo();
    await open.over();
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
  });

  it('what a handler threw after its effect is kept, though a middleware answered with an error upon its first value', async () => {
    const open = await openTill(platform, {
      prepare: (app: INestApplication) =>
        app.use((_: unknown, response: ServerResponse, next: () => void) => {
          next();
          void until(() => (hasGiven && !isAnswered) || response.writableEnded).then(() => {
            if (response.writableEnded) return;
            response.statusCode = 503;
            response.end('busy');
            isAnswered = true;
          });
        }),
    });
    let hasGiven = false;
    let isAnswered = false;
    open.till.hold();
    open.till.does = ({ pass, ledger }) =>
      new Observable((subscriber) => {
        subscriber.next({ step: 1 });
        hasGiven = true;
        void pass().then(() => {
          ledger.write('paid');
          subscriber.error(new HttpException('no receipt', 402));
        });
      });
    const asked = open.ask('/pay');
    await until(() => hasGiven);
    await until(() => isAnswered);
    open.till.letGo();
    expect((await asked).text).toBe('busy');
    await open.over();
    expect(shown(await open.ask('/pay'))).toEqual([402, expect.stringContaining('no receipt'), expect.anything()]);
    expect([open.till.runs, open.till.ledger.rows]).toEqual([1, ['paid']]);
  });

  it.each<[string, (when: () => boolean) => object]>([
    ['a timeout inside', (when) => ({ inside: [givesUpOnce(when)] })],
    ['a timeout outside', (when) => ({ outside: [givesUpOnce(when)] })],
    [
      'a middleware',
      (when) => ({
        prepare: (app: INestApplication) =>
          app.use((_: unknown, response: ServerResponse, next: () => void) => {
            next();
            void until(() => when() || response.writableEnded).then(() => {
              if (response.writableEnded) return;
              response.statusCode = 503;
              response.setHeader('link', '</busy>');
              response.end('busy');
            });
          }),
      }),
    ],
  ])('headers of the answer that %s had are not those of the handler', async (_, somebody) => {
    const open = await openTill(platform, {
      ...somebody(() => open.till.runs === 1 && !isFree),
      filter: {
        catch: (error: HttpException, host) => {
          const response = host.switchToHttp().getResponse<Answering>();
          response.header('link', '</busy>');
          response.status(error.getStatus()).send('busy');
        },
      },
    });
    let isFree = false;
    open.till.hold();
    open.till.does = async ({ pass, run }) => {
      await pass();
      return { paid: run };
    };
    expect((await open.ask('/pay')).text).toBe('busy');
    isFree = true;
    open.till.letGo();
    await open.over();
    const retried = await open.ask('/pay');
    expect([...shown(retried), retried.headers['link']]).toEqual([201, '{"paid":1}', true, undefined]);
  });

  it('a retry outside of a refusal is served by a turn of its own', async () => {
    let asked = 0;
    // The slot is asked for, and handed back in case that it was given.
    const open = await openTill(platform, { outside: [triesAgain(() => asked === 2)] });
    const { ledger } = open.till;
    const opening = ledger.open.bind(ledger);
    ledger.open = async (...terms) => {
      if (++asked <= 2) throw new Error('The store is down.');
      return opening(...terms);
    };
    open.till.does = ({ run }) => ({ paid: run });
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', false]);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
  });
});
