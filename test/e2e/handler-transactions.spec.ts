/** What is undone is not told as done, and what runs on is not let out of its transaction, on both platforms. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { catchError, map, of, timeout } from 'rxjs';
import { type Answering, around, leave, type Open, openTill, shown } from './handler/till.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

const deadlock = (): Error => Object.assign(new Error('deadlock detected'), { code: '40P01' });

describe.each(PLATFORMS)('on %s', (platform) => {
  const written = ({ till: { ledger } }: Open): unknown => [ledger.rows, ledger.stray, ledger.open_];

  it.each(['inside', 'outside'])(
    'a timeout %s leaves, and the transaction is held until the handler has ended',
    async (where) => {
      const open = await openTill(platform, { [where]: [around((handled) => handled.pipe(timeout(30)))] });
      open.till.hold();
      open.till.does = async ({ ledger, pass }) => {
        ledger.write('before');
        await pass();
        ledger.write('after');
        return { paid: true };
      };
      expect((await open.ask('/tx')).status).toBe(500);
      expect(written(open)).toEqual([[], [], 1]);
      open.till.letGo();
      await open.over();
      expect(written(open)).toEqual([['before', 'after'], [], 0]);
      expect(shown(await open.ask('/tx'))).toEqual([201, '{"paid":true}', true]);
    },
  );

  it('a success that was written before the handler threw does not leave', async () => {
    const open = await openTill(platform);
    open.till.does = async ({ ledger, response }) => {
      ledger.write('paid');
      response.send({ paid: true });
      await Promise.resolve();
      throw new Error('a statement failed');
    };
    const first = await open.ask('/tx-answer');
    expect([first.status, first.text.includes('paid'), written(open)]).toEqual([500, false, [[], [], 0]]);
    expect(first.text).toContain('rolled-back');
  });

  it('a success that somebody made of an error does not leave either', async () => {
    const open = await openTill(platform, { inside: [around((handled) => handled.pipe(catchError(() => of({ paid: true }))))] });
    open.till.does = ({ ledger }) => {
      ledger.write('half');
      throw new Error('no');
    };
    const first = await open.ask('/tx');
    expect([first.status, written(open)]).toEqual([500, [[], [], 0]]);
  });

  it.each(['inside', 'outside'])('what was returned and made an error of %s is undone, and the error leaves', async (where) => {
    const failing = around((handled) =>
      handled.pipe(
        map(() => {
          throw new Error('mapper');
        }),
      ),
    );
    const open = await openTill(platform, { [where]: [failing] });
    open.till.does = ({ ledger }) => {
      ledger.write('paid');
      return { paid: true };
    };
    expect((await open.ask('/tx')).status).toBe(500);
    expect(written(open)).toEqual([[], [], 0]);
  });

  it('a client that leaves costs no connection', async () => {
    const open = await openTill(platform);
    open.till.hold();
    open.till.does = async ({ ledger, pass }) => {
      ledger.write('paid');
      await pass();
      return { paid: true };
    };
    await leave(open, '/tx', () => open.till.runs === 1);
    open.till.letGo();
    await open.over();
    expect(written(open)).toEqual([['paid'], [], 0]);
    expect(shown(await open.ask('/tx'))).toEqual([201, '{"paid":true}', true]);
  });

  // Waits for the gate, which lets writers of a whole answer go.
  it('a handler that waits until its answer is taken is answered', async () => {
    const open = await openTill(platform);
    open.till.does = async ({ ledger, response }) => {
      ledger.write('paid');
      await pipeline(Readable.from(['x']), (response.raw ?? response) as unknown as Writable);
    };
    const first = await open.ask('/tx-answer');
    expect([first.status, first.text, written(open)]).toEqual([201, 'x', [['paid'], [], 0]]);
  });

  const LONG = Array.from({ length: 40 }, () => Buffer.alloc(1_000, 'x'));
  const LIMITED = { options: { maxBodyBytes: 10_000 } };
  const AWAITED: Record<string, (raw: ServerResponse) => Promise<unknown>> = {
    'pipes it': (raw) => pipeline(Readable.from(LONG), raw),
    'pipes it through a generator': (raw) =>
      pipeline(
        Readable.from(LONG),
        async function* (chunks) {
          for await (const chunk of chunks) yield chunk;
        },
        raw,
      ),
    'waits for the end of what is piped': async (raw) => {
      Readable.from(LONG).pipe(raw);
      await finished(raw);
    },
    'waits for room': async (raw) => {
      for (const chunk of LONG) if (!raw.write(chunk)) await once(raw, 'drain');
      raw.end();
    },
    'waits for each chunk to be taken': async (raw) => {
      for (const chunk of LONG) await new Promise((taken) => raw.write(chunk, taken));
      raw.end();
    },
    'waits for what it sends as a stream of web': async (raw) => {
      await (Readable.toWeb(Readable.from(LONG)) as ReadableStream).pipeTo(Writable.toWeb(raw));
    },
    'streams events': async (raw) => {
      raw.setHeader('content-type', 'text/event-stream');
      await pipeline(Readable.from(['data: 1\n\n', 'data: 2\n\n']), raw);
    },
  };
  const rawOf = (response: Answering): ServerResponse => {
    if (response.raw !== undefined) (response as unknown as { hijack(): void }).hijack();
    return response.raw ?? (response as unknown as ServerResponse);
  };

  it.each(Object.entries(AWAITED))(
    'a handler that %s, longer than may be held back, is undone and told why',
    async (_, answer) => {
      const open = await openTill(platform, LIMITED);
      open.till.does = async ({ ledger, response }) => {
        ledger.write('paid');
        await answer(rawOf(response));
      };
      const first = await open.ask('/tx-answer');
      expect([first.status, written(open)]).toEqual([500, [[], [], 0]]);
      expect(first.text).toContain('maxBodyBytes');
      await open.ask('/tx-answer');
      expect(open.till.runs).toBe(2);
    },
  );

  it.each<[string, (raw: ServerResponse) => unknown]>([
    ['ends with it', (raw) => raw.end(Buffer.concat(LONG))],
    [
      'writes it without waiting',
      async (raw) => {
        for (const chunk of LONG) {
          raw.write(chunk);
          await new Promise(setImmediate);
        }
        raw.end();
      },
    ],
    ['leaves it to a pipe', (raw) => void Readable.from(LONG).pipe(raw)],
  ])('a handler that %s, longer than is kept, is done, and it leaves whole', async (_, answer) => {
    const open = await openTill(platform, LIMITED);
    open.till.does = async ({ ledger, response }) => {
      ledger.write('paid');
      await answer(rawOf(response));
    };
    const first = await open.ask('/tx-answer');
    expect([first.status, first.text.length, written(open)]).toEqual([201, 40_000, [['paid'], [], 0]]);
  });

  it('an error that a handler pipes, longer than is kept, leaves at once', async () => {
    const open = await openTill(platform, LIMITED);
    open.till.does = async ({ ledger, response }) => {
      ledger.write('paid');
      const raw = rawOf(response);
      raw.statusCode = 422;
      await pipeline(Readable.from(LONG), raw);
      throw new Error('no');
    };
    const first = await open.ask('/tx-answer');
    expect([first.status, first.text.length]).toEqual([422, 40_000]);
    await open.over();
    expect(written(open)).toEqual([[], [], 0]);
  });

  it('an error of a database outside of a transaction is an error of the handler', async () => {
    const open = await openTill(platform, { options: { keep: () => true } });
    open.till.does = ({ ledger }) => {
      ledger.write('paid');
      throw deadlock();
    };
    expect((await open.ask('/pay')).status).toBe(500);
    expect((await open.ask('/pay')).status).toBe(500);
    expect([open.till.runs, open.till.ledger.rows]).toEqual([1, ['paid']]);
  });

  it('a conflict in a transaction is told as one, and the retry runs', async () => {
    const open = await openTill(platform);
    open.till.does = ({ ledger, run }) => {
      ledger.write('paid');
      if (run === 1) throw deadlock();
      return { paid: run };
    };
    const first = await open.ask('/tx');
    expect([first.status, first.text.includes('"conflict"'), written(open)]).toEqual([409, true, [[], [], 0]]);
    expect((await open.ask('/tx')).text).toBe('{"paid":2}');
  });
});
