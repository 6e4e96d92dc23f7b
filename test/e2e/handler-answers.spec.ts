/** What is kept was shown by the application's own chain, or is shown by it at the retry; nothing is made up. On both platforms. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ClassSerializerInterceptor, HttpException, type NestInterceptor, StreamableFile } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { delay, map, of, switchMap, timeout } from 'rxjs';
import { type Answering, around, leave, type Open, openTill, shown } from './handler/till.js';
import { until } from './orders.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

const redacting = around((handled) => handled.pipe(map((value) => ({ ...(value as object), card: '****' }))));
const impatient = around((handled) => handled.pipe(timeout(30)));
const serialising = (): NestInterceptor => new ClassSerializerInterceptor(new Reflector());

describe.each(PLATFORMS)('on %s', (platform) => {
  const held = (open: Open, does: () => unknown): void => {
    open.till.hold();
    open.till.does = async ({ pass }) => {
      await pass();
      return does();
    };
  };

  it.each(['ietf', 'classic', 'stripe'] as const)(
    'what an interceptor outside redacts is redacted at the retry, where a timeout outside answered, under %s',
    async (profile) => {
      const open = await openTill(platform, { options: { profile, conflictStatus: null }, outside: [impatient, redacting] });
      held(open, () => ({ paid: true, card: '4242' }));
      expect((await open.ask('/pay')).status).toBe(500);
      open.till.letGo();
      await open.over();
      for (let i = 0; i < 2; i++) expect((await open.ask('/pay')).text).toBe('{"paid":true,"card":"****"}');
      expect(open.till.runs).toBe(1);
    },
  );

  it('what a filter masks is masked at the retry, where the client had left', async () => {
    let isSilent = true;
    const open = await openTill(platform, {
      filter: {
        catch: (error: HttpException, host) => {
          if (isSilent) return;
          host.switchToHttp().getResponse<Answering>().status(error.getStatus()).send('masked');
        },
      },
    });
    held(open, () => {
      throw new HttpException({ provider: 'SECRET' }, 402);
    });
    await leave(open, '/pay', () => open.till.runs === 1);
    open.till.letGo();
    await open.over();
    isSilent = false;
    for (let i = 0; i < 2; i++) expect(shown(await open.ask('/pay'))).toEqual([402, 'masked', true]);
    expect(open.till.runs).toBe(1);
  });

  it.each<[string, string, object]>([
    ['on the controller', '/serialised', {}],
    ['inside', '/pay', { inside: [serialising()] }],
    ['outside', '/pay', { outside: [impatient, serialising()] }],
  ])('a serializer %s sees a value again, and an instance that it would hide from is never kept', async (_, path, more) => {
    const open = await openTill(platform, { outside: [impatient], ...more });
    class Card {
      number = '4242';
    }
    held(open, () => ({ paid: true }));
    expect((await open.ask(path)).status).toBe(500);
    open.till.letGo();
    await open.over();
    expect(shown(await open.ask(path))).toEqual([201, '{"paid":true}', true]);
    held(open, () => ({ paid: true, card: new Card() }));
    expect((await open.ask(path, { key: 'two' })).status).toBe(500);
    open.till.letGo();
    await open.over(3);
    const retry = await open.ask(path, { key: 'two' });
    expect([retry.status, retry.text.includes('4242'), open.till.runs]).toEqual([409, false, 2]);
  });

  it.each<[string, unknown, number, string]>([
    ['an object', { a: 1 }, 201, '{"a":1}'],
    ['a list', [1, null], 201, '[1,null]'],
    ['text', 'paid', 201, 'paid'],
    ['an empty text', '', 201, ''],
    ['zero', 0, 201, '0'],
    ['false', false, 201, 'false'],
    ['nothing', undefined, 201, ''],
    ['a property that is undefined', { a: undefined, b: 1 }, 201, '{"b":1}'],
  ])('%s that nobody rendered is rendered as Nest does by the retry, and then kept', async (_, value, status, text) => {
    const open = await openTill(platform, { outside: [impatient] });
    held(open, () => value);
    await open.ask('/pay');
    open.till.letGo();
    await open.over();
    open.till.does = () => value;
    const plain = await open.ask('/pay', { key: 'plain' });
    expect([plain.status, plain.text]).toEqual([status, text]);
    for (let i = 0; i < 2; i++) {
      const retry = await open.ask('/pay');
      expect([retry.status, retry.text, retry.headers['content-type']]).toEqual([status, text, plain.headers['content-type']]);
    }
    expect(open.till.runs).toBe(2);
  });

  it.each<[string, () => unknown]>([
    ['a date', () => new Date(0)],
    ['-0', () => ({ a: -0 })],
    ['a bigint', () => 1n],
    ['a file', () => new StreamableFile(Buffer.from('a'))],
    ['bytes', () => Buffer.from('a')],
    ['what is too long', () => 'x'.repeat(2_000_000)],
    [
      'a circle',
      () => {
        const a: Record<string, unknown> = {};
        a['a'] = a;
        a['b'] = a;
        return a;
      },
    ],
  ])('%s that nobody rendered leaves a tombstone', async (_, value) => {
    const open = await openTill(platform, { outside: [impatient] });
    held(open, value);
    await open.ask('/pay');
    open.till.letGo();
    await open.over();
    const retry = await open.ask('/pay');
    expect([retry.status, retry.text.includes('answer-not-kept'), open.till.runs]).toEqual([409, true, 1]);
  });

  it('a redirect and what is declared are rendered as they are', async () => {
    const open = await openTill(platform, { outside: [impatient] });
    held(open, () => ({ url: '/chosen', statusCode: 307 }));
    for (const path of ['/moved', '/declared']) await open.ask(path, { key: path });
    open.till.letGo();
    await open.over(2);
    const [moved, declared] = [await open.ask('/moved', { key: '/moved' }), await open.ask('/declared', { key: '/declared' })];
    expect([moved.status, moved.headers['location']]).toEqual([307, '/chosen']);
    expect([declared.status, declared.headers['link']]).toEqual([202, '<a>']);
    expect(open.till.runs).toBe(2);
  });

  it('fifty retries at once render once what nobody rendered', async () => {
    let renders = 0;
    const counting = around((handled) =>
      handled.pipe(switchMap((value) => of({ ...(value as object), nth: ++renders }).pipe(delay(5)))),
    );
    const open = await openTill(platform, { options: { waitMs: 20_000 }, outside: [impatient, counting] });
    held(open, () => ({ paid: true }));
    await open.ask('/pay');
    open.till.letGo();
    await open.over();
    const all = await Promise.all(Array.from({ length: 50 }, () => open.ask('/pay')));
    const texts = new Set(all.filter(({ status }) => status === 201).map(({ text }) => text));
    expect([texts.size, open.till.runs]).toEqual([1, 1]);
  });

  const later = (response: Answering, lost: boolean, status: number): Promise<void> =>
    new Promise((done) => {
      const write = (): void => {
        response.status(status).send({ status });
        done();
      };
      if (lost) outsiders.push(write);
      else setTimeout(write, 20);
    });
  const outsiders: (() => void)[] = [];
  const lostScope = setInterval(() => outsiders.splice(0).forEach((write) => write()), 5);
  lostScope.unref();

  it.each([
    ['before it returns', true, false, 402],
    ['after it has returned', false, false, 402],
    ['after it has returned, from an async scope of its own', false, true, 201],
  ])('a handler that answers by itself %s is kept as it answered', async (_, waits, lost, status) => {
    const open = await openTill(platform);
    open.till.does = async ({ response }) => {
      const answered = later(response, lost, status);
      if (waits) await answered;
    };
    expect(shown(await open.ask('/answer'))).toEqual([status, `{"status":${status}}`, false]);
    expect(shown(await open.ask('/answer'))).toEqual([status, `{"status":${status}}`, true]);
    expect(open.till.runs).toBe(1);
  });

  it('a handler that answers by itself, after it has returned and its client has left, is kept as it answered', async () => {
    const open = await openTill(platform);
    open.till.hold();
    open.till.does = ({ response, pass }) => {
      void pass().then(() => response.status(402).send({ declined: true }));
    };
    await leave(open, '/answer', () => open.till.runs === 1);
    open.till.letGo();
    await open.over();
    expect(shown(await open.ask('/answer'))).toEqual([402, '{"declined":true}', true]);
  });

  it('a handler that answers by itself and never does, whose client has left, leaves a tombstone', async () => {
    const open = await openTill(platform, { options: { leaseMs: 60 } });
    await leave(open, '/answer', () => open.till.runs === 1);
    await open.over();
    expect([(await open.ask('/answer')).status, open.till.runs]).toEqual([409, 1]);
  });

  it('a handler that writes to the response by itself and returns nothing leaves no answer that nobody wrote', async () => {
    const open = await openTill(platform, { options: { keep: () => true } });
    const raw = ({ request, response }: { request: { res?: Answering; raw?: unknown }; response: Answering }): ServerResponse =>
      (request.res ?? response.raw) as unknown as ServerResponse;
    if (platform === 'fastify') return;
    open.till.does = async ({ request, response }) => {
      const written = raw({ request, response });
      written.statusCode = 402;
      written.end('declined');
      await new Promise((later) => setTimeout(later, 10));
    };
    expect((await open.ask('/pay')).text).toBe('declined');
    await open.over();
    const retry = await open.ask('/pay');
    expect([retry.status, open.till.runs]).toEqual([409, 1]);
  });

  it.each(['/pay', '/answer', '/manual'])(
    'where `keep` throws, the answer of %s leaves, and the fault has the name of the callback',
    async (path) => {
      for (const keep of [
        () => {
          throw new Error('SECRET');
        },
        () => Promise.resolve(false) as unknown as boolean,
      ]) {
        const open = await openTill(platform, { options: { keep } });
        open.till.does = ({ response, run }) => (path === '/answer' ? void response.send({ paid: run }) : { paid: run });
        expect((await open.ask(path)).text).toBe('{"paid":1}');
        const retry = await open.ask(path);
        expect([retry.status, open.till.runs]).toEqual(path === '/manual' ? [201, 2] : [409, 1]);
        expect(open.faults()).toContainEqual(
          expect.objectContaining({ fault: expect.objectContaining({ kind: 'callback-failed', callback: 'keep' }) as unknown }),
        );
      }
    },
  );

  it('a recovery that throws at once runs nothing, and the next retry asks again', async () => {
    let asked = 0;
    const recover = (): never => {
      asked += 1;
      throw new Error('SECRET of the provider');
    };
    const open = await openTill(platform, { options: { leaseMs: 40, waitMs: 0, afterLapse: { recover } } });
    const { ledger } = open.till;
    const opening = ledger.open.bind(ledger);
    let dies = true;
    ledger.open = async (asking, ...rest) => {
      if (dies) await opening({ ...asking, token: 'dead' }, 1, 60_000);
      if (dies) await new Promise((over) => setTimeout(over, 10));
      dies = false;
      return opening(asking, ...rest);
    };
    const first = await open.ask('/pay');
    expect([first.status, first.text.includes('SECRET')]).toEqual([500, false]);
    await until(() => open.events.length > 0);
    await new Promise((lapsed) => setTimeout(lapsed, 80));
    await open.ask('/pay');
    expect([asked, open.till.runs]).toEqual([2, 0]);
  });

  // Waits for the gate, which fixes the head when it begins.
  it('a status that is set after the first write changes neither the answer nor its replay', async () => {
    const open = await openTill(platform);
    open.till.does = ({ response }) => {
      const raw = (response.raw ?? response) as unknown as ServerResponse;
      raw.statusCode = 201;
      raw.write('a');
      raw.statusCode = 500;
      raw.end('b');
    };
    const first = await open.ask('/answer');
    const retry = await open.ask('/answer');
    expect([first.status, first.text, retry.status, retry.text, open.till.runs]).toEqual([201, 'ab', 201, 'ab', 1]);
  });
});
