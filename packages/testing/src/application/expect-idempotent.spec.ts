/** The helper accepts an operation that is idempotent, and names what is wrong with one that is not. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Engine, MemoryLock, MemoryStorage, pair, type Answer, type Terms, type Turn } from '@nestjs-idempotency/core';
import { expectIdempotent } from './expect-idempotent.js';

const TERMS: Terms = {
  manual: false,
  afterLapse: 'reexecute',
  leaseMs: 60_000,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 60_000,
  transactional: false,
};

/** How a server of this spec goes wrong. */
type Flaw =
  'none' | 'runs again' | 'runs again at once' | 'other body' | 'other header' | 'other status' | 'stuck' | 'gives up the gone';

class Shop {
  orders = 0;
  readonly server: Server;
  readonly #engine = new Engine(pair(new MemoryStorage(), new MemoryLock()));
  readonly #seen = new Set<string>();

  constructor(private readonly flaw: Flaw) {
    this.server = createServer((request, response) => void this.#serve(request, response));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const key = String(request.headers['idempotency-key']);
    if (this.flaw === 'runs again' || (this.flaw === 'runs again at once' && !this.#seen.has(key))) {
      const answer = await this.#order();
      this.#seen.add(key);
      if (this.flaw === 'runs again') return this.#send(response, answer);
    }
    const identity = { slot: key, fingerprint: String(request.headers.authorization) };
    await this.#engine.run(identity, TERMS, async (turn) => this.#take(turn, response));
  }

  async #take(turn: Turn, response: ServerResponse): Promise<void> {
    if (turn.kind === 'reject') return this.#send(response, { status: 409, headers: [], body: Buffer.from('running') });
    if (turn.kind === 'replay') return this.#send(response, this.#spoilt(turn.answer), true);
    const answer = await this.#order();
    if (this.flaw === 'stuck') return this.#send(response, { ...answer, status: 409, body: Buffer.from(String(Math.random())) });
    if (this.flaw === 'gives up the gone' && response.destroyed) return turn.attempt.giveUp();
    await turn.attempt.keep({ kind: 'answer', fingerprint: 'me', answer });
    this.#send(response, answer);
  }

  async #order(): Promise<Answer> {
    const id = ++this.orders;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { status: 201, headers: [['location', `/orders/${String(id)}`]], body: Buffer.from(`order ${String(id)}`) };
  }

  #spoilt(answer: Answer): Answer {
    if (this.flaw === 'other body') return { ...answer, body: Buffer.from('{}') };
    if (this.flaw === 'other header') return { ...answer, headers: [] };
    return this.flaw === 'other status' ? { ...answer, status: 200 } : answer;
  }

  #send(response: ServerResponse, { status, headers, body }: Answer, isReplay = false): void {
    response.writeHead(status, [...headers, ...(isReplay ? [['idempotency-replayed', 'true']] : [])].flat()).end(body);
  }
}

describe('expectIdempotent', () => {
  let shop: Shop;
  const expectation = (flaw: Flaw) => {
    shop = new Shop(flaw);
    return expectIdempotent(shop.server, { patienceMs: 200 })
      .post('/orders', { item: 'book' })
      .set('authorization', 'me')
      .counting(() => shop.orders);
  };
  afterEach(() => {
    expect(shop.server.listening).toBe(false);
  });

  it('accepts an operation that runs once and answers alike', async () => {
    await expectation('none').holds();
    expect(shop.orders).toBe(3);
  });

  it.each([
    ['runs again', /another (body|location)/],
    ['other body', /another body: 2 bytes "{}" instead of 7 bytes "order 1"/],
    ['other header', /another location/],
    ['other status', /answered with 200, the first request with 201/],
  ] as const)('refuses one whose retry has or does: %s', async (flaw, message) => {
    await expect(expectation(flaw).oneAfterAnother()).rejects.toThrow(message);
  });

  it('refuses one that runs again only when asked at once', async () => {
    await expect(expectation('runs again at once').atOnce()).rejects.toThrow(/had ([2-9]|\d\d) effects/);
  });

  it('refuses one that never answers who was told to come again', async () => {
    await expect(expectation('stuck').atOnce()).rejects.toThrow('still refused with 409 after 200 ms');
  });

  it('refuses one that forgets what it did for a client that went away', async () => {
    await expect(expectation('gives up the gone').overBrokenConnections()).rejects.toThrow(
      /sent over broken connections, had [2-5] effects/,
    );
  });

  it('refuses a status of replays that never came', async () => {
    shop = new Shop('none');
    const operation = expectIdempotent(shop.server, { replayStatus: 409 }).post('/orders', {}).set('authorization', 'me');
    await expect(operation.oneAfterAnother()).rejects.toThrow(
      'the retry was answered with 201, the first request with 201, and `replayStatus` is 409',
    );
  });

  it('tells which statuses came where nothing happened', async () => {
    shop = new Shop('none');
    const operation = expectIdempotent(shop.server).post('/orders', {}).set('authorization', 'me');
    await expect(operation.counting(() => 0).oneAfterAnother()).rejects.toThrow('had 0 effects; they were answered with 201');
  });

  it('refuses effects that are not counted', async () => {
    shop = new Shop('none');
    const operation = expectIdempotent(shop.server).post('/orders', {}).set('authorization', 'me');
    await expect(operation.counting(() => undefined as never).oneAfterAnother()).rejects.toThrow(
      'The function of counting() must give a number; it gave undefined.',
    );
  });
});

describe('what is asked of expectIdempotent', () => {
  const target = 'http://127.0.0.1:1';
  const post = (path: unknown, body?: unknown) => () => expectIdempotent(target).post(path as string, body as object);

  it.each<[string, () => unknown, string]>([
    ['a misspelt expectation', () => expectIdempotent(target, { replaystatus: 409 } as object), 'did you mean `replayStatus`?'],
    ['a crowd of one', () => expectIdempotent(target, { crowd: 1 }), '`crowd` must be a whole number from 2; it is 1.'],
    ['refusals in letters', () => expectIdempotent(target, { refusals: ['409'] as never }), '`refusals` must be a list'],
    ['no application', () => expectIdempotent(undefined as never), 'an address, http://…; it was undefined.'],
    ['an address without http', () => expectIdempotent('localhost:3000'), 'an address, http://…; it was another string.'],
    ['an application that is made later', () => expectIdempotent(Promise.resolve() as never), 'a promise, which must be awaited'],
    ['a path without a slash', post('orders'), "begins with a slash, e.g. '/orders'"],
    ['a body that is a number', post('/orders', 5), 'A body is an object, a string or bytes; it was given 5.'],
    ['effects that are no function', () => post('/orders')().counting(1 as never), 'counting() takes a function'],
    [
      'an object of headers',
      () => post('/orders')().set({ a: 'b' } as never, undefined as never),
      "`.set('authorization', 'Bearer …')`; it was given an object for the name.",
    ],
    ['no name', () => post('/orders')().set('a b', 'c'), 'it was given another string for the name.'],
    ['a key', () => post('/orders')().set('idempotency-key', 'a'), 'keys are made here'],
    [
      'a header that is no string',
      () => post('/orders')().set('x-user', 5 as never),
      "set('x-user') takes a string; it was given 5.",
    ],
  ])('refuses %s', (_, ask, words) => {
    expect(ask).toThrow(words);
  });

  it('says that an application has no server yet', async () => {
    const operation = expectIdempotent({ getHttpServer: () => undefined }).post('/orders');
    await expect(operation.oneAfterAnother()).rejects.toThrow('`await app.init()` first');
  });
});
