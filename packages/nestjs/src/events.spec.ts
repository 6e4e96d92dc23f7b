/** Listeners that fail, and faults that nobody listens for. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { IdempotencyEvents, type IdempotencyEvent } from './events.js';

const SECRET = 'secret';
const slot = 'a-slot';
let logged: string[];

beforeEach(() => {
  logged = [];
  const note = (message: unknown): void => void logged.push(String(message));
  jest.spyOn(Logger.prototype, 'error').mockImplementation(note);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(note);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const fail = (): never => {
  throw Object.assign(new TypeError(SECRET), { code: 'ECONNRESET' });
};

it.each<[string, () => unknown]>([
  ['threw', fail],
  ['rejected', () => Promise.resolve().then(fail)],
  ['rejected', () => ({ then: fail })],
])(
  'logs a listener that %s once for each kind of event, without the words of its error; others still hear',
  async (how, listener) => {
    const events = new IdempotencyEvents();
    const heard: IdempotencyEvent[] = [];
    events.subscribe(listener);
    events.subscribe((event) => heard.push(event));
    const request = { kind: 'request', outcome: 'executed', route: 'A.b', totalMs: 1, openMs: 1 } as const;
    for (let count = 0; count < 50; count += 1) events.emit(request);
    events.fault({ kind: 'unreadable', slot });
    await turn();
    expect(heard).toHaveLength(51);
    expect(logged).toEqual([
      expect.stringContaining(`${how} at a request: TypeError ECONNRESET`),
      expect.stringContaining(`${how} at a fault: TypeError ECONNRESET`),
    ]);
    expect(logged.join()).not.toContain(SECRET);
  },
);

it('lets listeners come and go while they are told', () => {
  const events = new IdempotencyEvents();
  let told = 0;
  const again = (): void => {
    told += 1;
    end();
    end = events.subscribe(again);
  };
  let end = events.subscribe(again);
  events.fault({ kind: 'unreadable', slot });
  events.fault({ kind: 'unreadable', slot });
  expect(told).toBe(2);
  end();
  expect(events.isObserved).toBe(false);
});

class QueryFailedError extends Error {}
const hostile = new Proxy(new Error(SECRET), {
  get: () => fail(),
  getPrototypeOf: () => fail(),
});

it.each<[string, unknown, string]>([
  ['a driver that puts its parameters in the message', new QueryFailedError(`INSERT … ${SECRET}`), 'QueryFailedError'],
  ['a code', Object.assign(new Error(SECRET), { code: '40001' }), 'Error 40001'],
  ['a code that is none', Object.assign(new Error(SECRET), { code: SECRET.toUpperCase() }), 'Error'],
  ['a name that was set', Object.assign(new Error(), { name: SECRET }), 'Error'],
  [
    'a cause of a cause',
    new Error(SECRET, { cause: Object.assign(new TypeError(SECRET), { code: 'ECONNREFUSED' }) }),
    'Error, caused by TypeError ECONNREFUSED',
  ],
  ['a string', SECRET, 'a string'],
  ['an object without a prototype', Object.create(null), 'an object'],
  ['an object that throws', hostile, 'an error'],
])('tells of a fault that nobody listens for without the words of its cause: %s', (_, cause, words) => {
  new IdempotencyEvents().fault({ kind: 'save-failed', slot, cause });
  expect(logged).toEqual([`save-failed (slot ${slot}): ${words}`]);
});

it('names the function that failed, and its slot only where that was known', () => {
  const events = new IdempotencyEvents();
  events.fault({ kind: 'callback-failed', callback: 'scope', cause: new TypeError(SECRET) });
  events.fault({ kind: 'callback-failed', callback: 'keep', slot, cause: new TypeError(SECRET) });
  expect(logged).toEqual(['callback-failed (`scope`): TypeError', `callback-failed (\`keep\`, slot ${slot}): TypeError`]);
});

it('ends at a cause that is its own', () => {
  const cause = new Error(SECRET);
  cause.cause = cause;
  new IdempotencyEvents().fault({ kind: 'open-failed', slot, cause });
  expect(logged).toEqual([`open-failed (slot ${slot}): Error, caused by Error, caused by Error`]);
});
