/** A slot ends with its handler, whoever answers in the meantime or leaves, on both platforms. */
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ExceptionFilter,
  HttpException,
  type INestApplication,
  RequestTimeoutException,
  StreamableFile,
} from '@nestjs/common';
import {
  catchError,
  EMPTY,
  firstValueFrom,
  from,
  map,
  merge,
  of,
  race,
  Subject,
  switchMap,
  take,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import { type Answering, around, leave, type Open, openTill, shown } from './handler/till.js';
import { until } from './orders.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

const told408 = '{"message":"Request Timeout","statusCode":408}';
/** The interceptor of Nest's documentation. */
const impatient = (ms = 30) =>
  around((handled) =>
    handled.pipe(
      timeout(ms),
      catchError((error: Error) => throwError(() => (error.name === 'TimeoutError' ? new RequestTimeoutException() : error))),
    ),
  );
const refusing = (app: INestApplication, isNow: () => boolean): void => {
  app.use((_: unknown, response: import('node:http').ServerResponse, next: () => void) => {
    const ask = setInterval(() => {
      if (!isNow()) return;
      clearInterval(ask);
      response.statusCode = 503;
      response.end('busy');
    }, 5);
    response.once('close', () => clearInterval(ask));
    next();
  });
};

describe.each(PLATFORMS)('on %s', (platform) => {
  const paying = (open: Open): void => {
    open.till.does = async ({ run, pass, ledger }) => {
      ledger.write(`paid ${run}`);
      await pass();
      return { paid: run };
    };
  };

  describe.each(['classic', 'ietf', 'stripe'] as const)('under %s', (profile) => {
    const options = { profile, conflictStatus: null, waitMs: 0 };
    const running = profile === 'classic' ? 423 : 409;

    it.each(['inside', 'outside'])(
      'a timeout %s leaves, the slot is held, and the retry is given what the handler returned',
      async (where) => {
        const open = await openTill(platform, { options, [where]: [impatient()] });
        open.till.hold();
        paying(open);
        expect(shown(await open.ask('/pay'))).toEqual([408, told408, false]);
        expect((await open.ask('/pay')).status).toBe(running);
        open.till.letGo();
        await open.over(2);
        expect((await open.ask('/pay')).text).toBe('{"paid":1}');
        expect((await open.ask('/pay')).text).toBe('{"paid":1}');
        expect([open.till.runs, open.faults()]).toEqual([1, []]);
      },
    );

    it('a middleware that answers 503 leaves the slot to the handler', async () => {
      const open = await openTill(platform, { options, prepare: (app) => refusing(app, () => open?.till.runs === 1 && first) });
      let first = true;
      open.till.hold();
      paying(open);
      expect(shown(await open.ask('/pay')).slice(0, 2)).toEqual([503, 'busy']);
      first = false;
      expect((await open.ask('/pay')).status).toBe(running);
      open.till.letGo();
      await open.over(2);
      expect((await open.ask('/pay')).text).toBe('{"paid":1}');
      expect(open.till.runs).toBe(1);
    });
  });

  it.each(['a mapper', 'an audit'])('leaves a tombstone where %s inside throws over what the handler returned', async (who) => {
    const boom = new Error('inside');
    const inside =
      who === 'a mapper'
        ? around((handled) =>
            handled.pipe(
              map(() => {
                throw boom;
              }),
            ),
          )
        : around((handled) =>
            handled.pipe(
              switchMap(() => timer(5)),
              map(() => {
                throw new HttpException('audit', 402);
              }),
            ),
          );
    const open = await openTill(platform, { options: { keep: () => true }, inside: [inside] });
    paying(open);
    expect((await open.ask('/pay')).status).toBe(who === 'a mapper' ? 500 : 402);
    const retry = await open.ask('/pay');
    expect([retry.status, retry.text.includes('answer-not-kept'), open.till.runs]).toEqual([409, true, 1]);
  });

  it('a client that leaves before the gate is on is one that left: a file is no answer, and the slot is not stuck', async () => {
    let isGuarded = false;
    let pass = (): void => undefined;
    const guarded = new Promise<void>((resolve) => (pass = resolve));
    const open = await openTill(platform, {
      prepare: (app) =>
        app.useGlobalGuards({
          canActivate: async () => {
            isGuarded = true;
            await guarded;
            return true;
          },
        }),
    });
    open.till.does = () => new StreamableFile(Readable.from(['a', 'b']));
    await leave(open, '/pay', () => isGuarded);
    pass();
    await open.over();
    const retry = await open.ask('/pay');
    expect([retry.status < 500, open.till.runs]).toEqual([true, 1]);
  });

  it.each(['/pay', '/piped', '/declared', '/scoped'])(
    'a client that leaves %s mid-handler does not end it: the retry is given its value',
    async (path) => {
      const open = await openTill(platform);
      open.till.hold();
      paying(open);
      await leave(open, path, () => open.till.runs === 1);
      open.till.letGo();
      await open.over();
      expect(shown(await open.ask(path))).toEqual([path === '/declared' ? 202 : 201, '{"paid":1}', true]);
      expect(open.till.runs).toBe(1);
    },
  );

  it('nothing is kept of an interceptor inside that refuses before the handler', async () => {
    let refuses = true;
    const inside = around((handled) => (refuses ? throwError(() => new HttpException('slow down', 429)) : handled));
    const open = await openTill(platform, { options: { keep: () => true }, inside: [inside] });
    paying(open);
    expect((await open.ask('/pay')).status).toBe(429);
    refuses = false;
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', false]);
  });

  it('nothing is kept of an interceptor inside that answers from a cache', async () => {
    const open = await openTill(platform, { inside: [around(() => of({ cached: true }))] });
    expect([await open.ask('/pay'), await open.ask('/pay')].map(shown)).toEqual(Array(2).fill([201, '{"cached":true}', false]));
    expect(open.till.runs).toBe(0);
  });

  it('a middleware that answers while pipes still run releases where they refuse, and holds where they do not', async () => {
    const open = await openTill(platform, { prepare: (app) => refusing(app, () => waits) });
    let waits = true;
    let end = { pass: (): void => undefined, fail: (_: Error): void => undefined };
    open.till.piped = new Promise<void>((pass, fail) => (end = { pass, fail }));
    paying(open);
    expect((await open.ask('/piped')).status).toBe(503);
    waits = false;
    expect((await open.ask('/piped')).status).toBe(409);
    end.fail(new HttpException('bad', 400));
    await open.over(2);
    open.till.piped = new Promise<void>((pass, fail) => (end = { pass, fail }));
    waits = true;
    expect((await open.ask('/piped')).status).toBe(503);
    waits = false;
    end.pass();
    await open.over(3);
    open.till.piped = Promise.resolve();
    expect(shown(await open.ask('/piped'))).toEqual([201, '{"paid":1}', true]);
    expect(open.till.runs).toBe(1);
  });

  it('a handler whose pipes are done after a timeout inside was answered does not begin any more', async () => {
    const open = await openTill(platform, { inside: [impatient()] });
    let pass = (): void => undefined;
    open.till.piped = new Promise<void>((resolve) => (pass = resolve));
    paying(open);
    expect((await open.ask('/piped')).status).toBe(408);
    await open.over();
    pass();
    open.till.piped = Promise.resolve();
    expect(shown(await open.ask('/piped'))).toEqual([201, '{"paid":1}', false]);
    expect(open.till.runs).toBe(1);
  });

  it('a timeout inside for a client that has left does not keep the slot when nothing is written of it', async () => {
    let isSilent = true;
    const silent: ExceptionFilter = {
      catch: (error: HttpException, host) => {
        if (isSilent) return;
        host.switchToHttp().getResponse<Answering>().status(error.getStatus()).send('');
      },
    };
    const open = await openTill(platform, { inside: [impatient()], filter: silent });
    open.till.hold();
    open.till.does = async ({ pass }) => {
      await pass();
      return new Date(0);
    };
    await leave(open, '/pay', () => open.till.runs === 1);
    await new Promise((timedOut) => setTimeout(timedOut, 60));
    open.till.letGo();
    await open.over();
    isSilent = false;
    expect([(await open.ask('/pay')).status, open.till.runs]).toEqual([409, 1]);
  });

  it.each(['inside', 'outside'])(
    'a handler that lost a race %s is held, and what it gives is rendered for the retry',
    async (where) => {
      const early = around((handled) => race(handled, timer(20).pipe(map(() => ({ pending: true })))));
      const open = await openTill(platform, { [where]: [early] });
      open.till.hold();
      paying(open);
      expect(shown(await open.ask('/pay')).slice(0, 2)).toEqual([201, '{"pending":true}']);
      expect((await open.ask('/pay')).status).toBe(409);
      open.till.letGo();
      await open.over(2);
      // The race is run once more, and won now.
      expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', true]);
      expect(open.till.runs).toBe(1);
    },
  );

  it.each(['inside', 'outside'])(
    'an Observable of which take(1) %s took the first value runs to its end, and the retry sees what the first client saw',
    async (where) => {
      const open = await openTill(platform, { [where]: [around((handled) => handled.pipe(take(1)))] });
      const source = new Subject<object>();
      open.till.does = () => source;
      const first = open.ask('/pay');
      await until(() => source.observed);
      source.next({ part: 1 });
      expect(shown(await first)).toEqual([201, '{"part":1}', false]);
      expect((await open.ask('/pay')).status).toBe(409);
      source.next({ part: 2 });
      source.complete();
      await open.over(2);
      expect(shown(await open.ask('/pay'))).toEqual([201, '{"part":1}', true]);
      expect(open.till.runs).toBe(1);
    },
  );

  it('an Observable without end, whose client has left, is stopped when its time is over', async () => {
    const open = await openTill(platform, {
      options: { leaseMs: 60, holdAtMostMs: 100, keep: () => true },
      outside: [impatient()],
    });
    const source = new Subject();
    open.till.does = () => source;
    expect((await open.ask('/pay')).status).toBe(408);
    await open.over();
    expect(source.observed).toBe(false);
    expect((await open.ask('/pay')).status).toBe(409);
    expect(open.events).toContainEqual(
      expect.objectContaining({ kind: 'fault', fault: expect.objectContaining({ kind: 'lease-lost' }) as unknown }),
    );
  });

  it.each<[string, () => unknown]>([
    ['a Subject that is not complete', () => merge(of({ a: 1 }), EMPTY)],
    ['a promise of an Observable', () => Promise.resolve(of({ a: 1 }))],
    ['an async Observable', () => from(Promise.resolve({ a: 1 }))],
    [
      'a promise of its own kind',
      () => ({ then: (resolve: (value: unknown) => void) => setTimeout(() => resolve({ a: 1 }), 5) }),
    ],
    ['a promise of rxjs', () => firstValueFrom(of({ a: 1 }))],
  ])('%s is run once and kept as it left', async (_, does) => {
    const open = await openTill(platform);
    open.till.does = does;
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"a":1}', false]);
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"a":1}', true]);
    expect(open.till.runs).toBe(1);
  });

  it.each<[string, number | RegExp, Error]>([
    ['an exception of Nest', 402, new HttpException({ reason: 'no funds' }, 402)],
    ['an error', 409, new Error('SECRET')],
    ['one that JSON cannot say', 409, new HttpException({ n: 1n }, 422)],
  ])(
    '%s that was thrown for a client that has left, and that no filter has answered, is rendered by the retry or buried',
    async (_, status, error) => {
      let isSilent = true;
      const open = await openTill(platform, {
        options: { keep: () => true },
        filter: {
          catch: (caught: HttpException, host) => {
            if (isSilent) return;
            const response = host.switchToHttp().getResponse<Answering>();
            response.status(caught.getStatus()).send(caught.getResponse());
          },
        },
      });
      open.till.hold();
      open.till.does = async ({ pass }) => {
        await pass();
        throw error;
      };
      await leave(open, '/pay', () => open.till.runs === 1);
      open.till.letGo();
      await open.over();
      isSilent = false;
      const retry = await open.ask('/pay');
      expect([retry.status, retry.text.includes('SECRET'), open.till.runs]).toEqual([status, false, 1]);
    },
  );
});
