/** What a route's `recover` gives: what it found is answered, and what is no finding is neither an answer nor a leave to run. On both platforms. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { of } from 'rxjs';
import { type Open, openTill, shown } from './handler/till.js';
import { until } from './orders.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

const LEASE_MS = 40;

class Found {
  readonly status = 201;
  readonly body = { paid: 1 };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  /** A route whose first request finds that its predecessor has died. */
  const lapsed = async (recover: () => unknown): Promise<Open> => {
    const open = await openTill(platform, {
      options: { leaseMs: LEASE_MS, waitMs: 0, afterLapse: { recover: recover as () => Promise<never> } },
    });
    open.till.does = ({ run }) => ({ ran: run });
    const { ledger } = open.till;
    const opening = ledger.open.bind(ledger);
    let dies = true;
    ledger.open = async (asking, ...rest) => {
      if (dies) await opening({ ...asking, token: 'dead' }, 1, 60_000);
      if (dies) await new Promise((over) => setTimeout(over, 10));
      dies = false;
      return opening(asking, ...rest);
    };
    return open;
  };

  /** The answer to a retry that comes again while it is told that the one before it has not lapsed yet. */
  const again = async (open: Open): ReturnType<Open['ask']> => {
    for (;;) {
      const reply = await open.ask('/pay');
      if (reply.status !== 409) return reply;
    }
  };

  it.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['another word', () => 'unknown'],
    ['true', () => true],
    ['a list', () => []],
    ['a status of 0', () => ({ status: 0, body: {} })],
    ['a status that is text', () => ({ status: 'paid', body: {} })],
    ['a status that is no number', () => ({ status: Number.NaN, body: {} })],
    ['a status that is none', () => ({ status: null, body: {} })],
    ['a status of an answer that goes on', () => ({ status: 100, body: {} })],
    ['a status beyond 599', () => ({ status: 99_999, body: {} })],
    ['what the other side said', () => ({ id: 'ch_1', paid: true })],
    ['an Observable', () => of({ status: 201, body: {} })],
    ['an object of a class', () => new Found()],
    ['a rejection', () => Promise.reject(new Error('SECRET of the provider'))],
    [
      'an error',
      () => {
        throw new HttpException('SECRET', 503);
      },
    ],
  ])('%s runs nothing, is no success, is told of, and the next retry asks again', async (_, gives) => {
    let asked = 0;
    const open = await lapsed(() => {
      asked += 1;
      return asked === 1 ? gives() : { status: 202, body: { paid: 1 } };
    });
    expect((await open.ask('/pay')).status).toBeGreaterThanOrEqual(500);
    await until(() => open.events.some(({ kind }) => kind === 'request'));
    expect(open.events).toContainEqual({
      kind: 'fault',
      fault: { kind: 'callback-failed', callback: 'recover', slot: expect.any(String), cause: expect.any(Error) },
    });
    expect([shown(await again(open)), shown(await open.ask('/pay'))]).toEqual([
      [202, '{"paid":1}', false],
      [202, '{"paid":1}', true],
    ]);
    expect([asked, open.till.runs]).toEqual([2, 0]);
  });

  it.each<[string, unknown, unknown[]]>([
    ['a status and a body', { status: 202, body: { paid: 1 } }, [202, '{"paid":1}']],
    ['a status alone', { status: 204 }, [204, '']],
    ['a body alone', { body: { paid: 1 } }, [201, '{"paid":1}']],
    ['an object of no prototype', Object.assign(Object.create(null) as object, { body: 'paid' }), [201, 'paid']],
    ['the word that says so', 'reexecute', [201, '{"ran":1}']],
  ])('%s is taken, and nothing is told', async (_, found, expected) => {
    const open = await lapsed(() => found);
    expect(shown(await open.ask('/pay')).slice(0, 2)).toEqual(expected);
    expect(shown(await open.ask('/pay'))).toEqual([...expected, true]);
    expect(open.faults()).toEqual([{ kind: 'fault', fault: expect.objectContaining({ kind: 'lapsed' }) }]);
  });
});
