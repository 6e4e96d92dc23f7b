/** What counts as given by a handler, and what somebody else gave in its place or made of it, on both platforms. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConflictException, RequestTimeoutException } from '@nestjs/common';
import {
  catchError,
  delay,
  from,
  map,
  mergeMap,
  of,
  race,
  retry,
  switchMap,
  take,
  throwError,
  timeout,
  timer,
  toArray,
} from 'rxjs';
import { type Answering, around, leave, type Open, openTill, shown } from './handler/till.js';
import { until } from './orders.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

/** As in the documentation of Nest, for a first request only. */
const impatientOnce = () => {
  let nth = 0;
  return around((handled) => {
    nth += 1;
    return nth > 1
      ? handled
      : handled.pipe(
          timeout(25),
          catchError(() => throwError(() => new RequestTimeoutException())),
        );
  });
};

/** Rejects a promise of an Observable, or settles it, when the test says so. */
function gate() {
  let settle!: { resolve(value: unknown): void; reject(error: unknown): void };
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  const effects = ({ till }: Open): unknown => [till.ledger.rows, till.ledger.stray];

  it('a promise that its Observable gives is a part of it: the transaction ends after it', async () => {
    const open = await openTill(platform);
    const work = gate();
    open.till.does = ({ ledger }) =>
      of(0).pipe(
        map(async () => {
          await work.promise;
          ledger.write('paid');
          return { paid: true };
        }),
      );
    await leave(open, '/tx', () => open.till.runs === 1);
    // Longer than an answer is waited for that nobody will hear.
    await new Promise((over) => setTimeout(over, 1_200));
    expect(open.till.ledger.open_).toBe(1);
    work.resolve(undefined);
    await open.over();
    expect(effects(open)).toEqual([['paid'], []]);
    expect(shown(await open.ask('/tx'))).toEqual([201, '{"paid":true}', true]);
  });

  it('a promise of its Observable that is rejected is an error that it threw', async () => {
    const open = await openTill(platform);
    open.till.does = () => of(Promise.reject(new ConflictException('no funds')));
    expect((await open.ask('/pay')).status).toBe(409);
    expect(shown(await open.ask('/pay'))).toEqual([409, expect.stringContaining('no funds'), true]);
    expect(open.till.runs).toBe(1);
  });

  it.each(['/pay', '/tx'])(
    'a handler of %s that comes too late for its response has not failed because of that',
    async (path) => {
      const late = Object.assign(new Error('Cannot set headers after they are sent to the client'), {
        code: 'ERR_HTTP_HEADERS_SENT',
      });
      const open = await openTill(platform, { outside: [impatientOnce()] });
      open.till.hold();
      open.till.does = async ({ ledger, pass }) => {
        await pass();
        if (path === '/tx') ledger.write('paid');
        throw new Error('It could not answer.', { cause: late });
      };
      expect((await open.ask(path)).status).toBe(408);
      open.till.letGo();
      await open.over();
      const again = await open.ask(path);
      // In a transaction all is undone, and may run again.
      if (path === '/tx') expect(effects(open)).toEqual([[], []]);
      else expect([again.status, again.text.includes('answer-not-kept'), open.till.runs]).toEqual([409, true, 1]);
    },
  );

  it('a handler whose response somebody has answered before its turn has not failed because of that', async () => {
    let nth = 0;
    const quick = around((handled, context) => {
      const response = context.switchToHttp().getResponse<Answering>();
      if ((nth += 1) === 1) (response.raw ?? (response as unknown as ServerResponse)).end('too slow');
      return handled;
    });
    const open = await openTill(platform, { outside: [quick] });
    const late = Object.assign(new Error('Cannot set headers'), { code: 'ERR_HTTP_HEADERS_SENT' });
    open.till.does = () => {
      throw late;
    };
    expect((await open.ask('/pay')).text).toBe('too slow');
    await open.over();
    const again = await open.ask('/pay');
    expect([again.status, again.text.includes('answer-not-kept'), open.till.runs]).toEqual([409, true, 1]);
  });

  it.each(['returns', 'throws'])(
    'what somebody inside answers while the handler runs is none of its answer: it %s',
    async (how) => {
      let nth = 0;
      const fallback = around((handled) =>
        (nth += 1) > 1 ? handled : race(handled, timer(20).pipe(map(() => ({ state: 'pending' })))),
      );
      const open = await openTill(platform, { inside: [fallback] });
      open.till.hold();
      open.till.does = async ({ pass, run }) => {
        await pass();
        if (how === 'throws' && run === 1) throw new Error('the bank is closed');
        return { paid: run };
      };
      expect(shown(await open.ask('/pay'))).toEqual([201, '{"state":"pending"}', false]);
      open.till.letGo();
      await open.over();
      const retried = await open.ask('/pay');
      expect(shown(retried)).toEqual(how === 'throws' ? [201, '{"paid":2}', false] : [201, '{"paid":1}', true]);
    },
  );

  it('a status that somebody inside sets upon what it returned is an error that was made of it', async () => {
    const open = await openTill(platform, {
      inside: [
        around((handled, context) =>
          handled.pipe(
            map((value) => {
              context.switchToHttp().getResponse<{ status(code: number): unknown }>().status(503);
              return value;
            }),
          ),
        ),
      ],
    });
    open.till.does = () => of({ paid: true });
    expect((await open.ask('/pay')).status).toBe(503);
    expect((await open.ask('/pay')).text).toContain('answer-not-kept');
    expect(open.till.runs).toBe(1);
  });

  it('what those inside change in place is not changed once more by a retry', async () => {
    let nth = 0;
    const taxing = around((handled) =>
      handled.pipe(
        map((value) => {
          (value as { items: string[] }).items.push('tax');
          return value;
        }),
        delay((nth += 1) === 1 ? 60 : 0),
      ),
    );
    const open = await openTill(platform, { outside: [impatientOnce()], inside: [taxing] });
    open.till.does = () => ({ items: ['book'] });
    expect((await open.ask('/pay')).status).toBe(408);
    await open.over();
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"items":["book","tax"]}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('nor by a retry outside within one request', async () => {
    let nth = 0;
    const taxing = around((handled) =>
      handled.pipe(
        map((value) => {
          (value as { items: string[] }).items.push('tax');
          return value;
        }),
        delay((nth += 1) === 1 ? 60 : 0),
      ),
    );
    const open = await openTill(platform, {
      outside: [around((handled) => handled.pipe(timeout({ first: 25 }), retry(1)))],
      inside: [taxing],
    });
    open.till.does = () => ({ items: ['book'] });
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"items":["book","tax"]}', false]);
  });

  it('several values of which nobody heard are not made one', async () => {
    const open = await openTill(platform, {
      outside: [impatientOnce()],
      inside: [around((handled) => handled.pipe(toArray(), delay(60)))],
    });
    open.till.does = () => from([{ n: 1 }, { n: 2 }]);
    expect((await open.ask('/pay')).status).toBe(408);
    await open.over();
    expect((await open.ask('/pay')).text).toContain('answer-not-kept');
    expect(open.till.runs).toBe(1);
  });

  it('a hedge outside whose second try is slow inside does not cost the answer that it was given', async () => {
    let nth = 0;
    const open = await openTill(platform, {
      outside: [around((handled) => race(handled, timer(10).pipe(switchMap(() => handled))))],
      inside: [around((handled) => timer((nth += 1) === 1 ? 0 : 60).pipe(mergeMap(() => handled)))],
    });
    open.till.hold();
    open.till.does = async ({ run, pass }) => {
      await pass();
      return { paid: run };
    };
    const first = open.ask('/pay');
    await until(() => nth === 2);
    open.till.letGo();
    expect(shown(await first)).toEqual([201, '{"paid":1}', false]);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
  });

  it.each(['inside', 'outside'])(
    'the first value of a handler without end, taken %s, is its answer when its time is over',
    async (where) => {
      const open = await openTill(platform, {
        options: { holdAtMostMs: 300, lock: { leaseMs: 100 } },
        [where]: [around((handled) => handled.pipe(take(1)))],
      });
      open.till.does = () => timer(0, 10);
      expect(shown(await open.ask('/pay'))).toEqual([201, '0', false]);
      await open.over();
      expect(shown(await open.ask('/pay'))).toEqual([201, '0', true]);
      expect(open.till.runs).toBe(1);
    },
  );

  it('an Observable that is given when nobody is there any more is stopped when its time is over', async () => {
    let ticks = 0;
    const open = await openTill(platform, {
      options: { holdAtMostMs: 200, lock: { leaseMs: 80 } },
      inside: [around((handled) => handled.pipe(timeout(20)))],
    });
    open.till.hold();
    open.till.does = async ({ pass }) => {
      await pass();
      return timer(0, 5).pipe(map(() => (ticks += 1)));
    };
    await open.ask('/pay');
    open.till.letGo();
    await until(() => ticks > 0);
    await open.over();
    const atEnd = ticks;
    await new Promise((later) => setTimeout(later, 30));
    expect(ticks).toBe(atEnd);
  });

  it('a retry does not commit what a run that threw had written', async () => {
    const open = await openTill(platform, { outside: [around((handled) => handled.pipe(retry({ count: 2, delay: 5 })))] });
    open.till.does = async ({ run, ledger }) => {
      await Promise.resolve();
      ledger.write(`try ${run}`);
      throw new Error('not yet');
    };
    expect((await open.ask('/tx')).status).toBe(500);
    expect([effects(open), open.till.runs]).toEqual([[[], []], 1]);
  });

  it('who answers in the place of the handler tells of no success that is undone', async () => {
    const open = await openTill(platform, {
      inside: [
        around(() => {
          open.till.ledger.write('by an interceptor');
          return of({ paid: true });
        }),
      ],
    });
    const first = await open.ask('/tx');
    expect([first.status, first.text.includes('rolled-back'), effects(open)]).toEqual([500, true, [[], []]]);
  });

  it.each([
    ['returns', 201, '{"paid":1}'],
    ['throws', 409, 'no funds'],
  ])('what nobody saw of a manual handler that %s is rendered before it is asked again', async (how, status, text) => {
    const open = await openTill(platform, { outside: [impatientOnce()] });
    open.till.hold();
    open.till.does = async ({ run, pass, state }) => {
      await pass();
      if (state.exists) return state.answer;
      if (how === 'throws') throw new ConflictException('no funds');
      return { paid: run };
    };
    expect((await open.ask('/manual')).status).toBe(408);
    open.till.letGo();
    await open.over();
    for (let retried = 0; retried < 2; retried += 1)
      expect(shown(await open.ask('/manual')).slice(0, 2)).toEqual([status, expect.stringContaining(text)]);
    // Only the second retry asked it, and was given the answer by it.
    expect(open.till.runs).toBe(2);
  });
});
