/** Tests an application's operation: whatever a client does with one key, it happens once and is answered alike. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { kinds } from '@nestjs-idempotency/core';
import { addressOf, checkTarget, type Target } from './address.js';
import { dropped, exchange, type Received, type Sent } from './exchange.js';
import { sameAnswer, type Comparison } from './same-answer.js';

/** What is expected of an application; the defaults fit the `ietf` profile. */
export interface Expectations extends Comparison {
  /** The request header that carries the key. Default `Idempotency-Key`. */
  readonly keyHeader?: string;
  /** How many requests are sent at once. Default 20. */
  readonly crowd?: number;
  /** Statuses by which a request is told to come again. Default 409, 423, 425, 429 and 503. */
  readonly refusals?: readonly number[];
  /** How long a refused request is tried again. Default 10,000. */
  readonly patienceMs?: number;
}

const status = kinds.integer(200, 599);
const header = kinds.kind(
  'the name of a header',
  (name) => typeof name === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name),
);
const KINDS: kinds.KindsOf<Expectations> = {
  replayStatus: status,
  headers: kinds.listOf(header),
  keyHeader: header,
  crowd: kinds.integer(2),
  refusals: kinds.listOf(status),
  patienceMs: kinds.timerMs,
};

type Body = string | Uint8Array | object | undefined;

const REFUSALS = [409, 423, 425, 429, 503];
const PAUSE_MS = 25;

/** One operation of the application under test. Each `holds` sends fresh keys, and may be repeated. */
export class IdempotentOperation {
  #headers: Record<string, string> = {};
  #effects: (() => number | Promise<number>) | undefined;
  /** Statuses that came, each once, for messages. */
  readonly #statuses = new Set<number>();

  constructor(
    private readonly target: Target,
    private readonly expectations: Expectations,
    private readonly method: string,
    private readonly path: string,
    private readonly body: Body,
  ) {}

  /** Adds a request header, a credential for instance. */
  set(name: string, value: string): this {
    if (!header.is(name))
      throw new TypeError(
        `set() takes the name of a header and its value, \`.set('authorization', 'Bearer …')\`; it was given ${typeof name === 'string' ? 'another string' : kinds.describe(name)} for the name.`,
      );
    const { keyHeader = 'Idempotency-Key' } = this.expectations;
    if (name.toLowerCase() === keyHeader.toLowerCase())
      throw new TypeError(`set('${name}'): keys are made here, a fresh one for each test; leave it out.`);
    if (typeof value !== 'string') throw new TypeError(`set('${name}') takes a string; it was given ${kinds.describe(value)}.`);
    this.#headers[name] = value;
    return this;
  }

  /** Tells how many effects there are now, rows of a table for instance. Without it only the answers are compared. */
  counting(effects: () => number | Promise<number>): this {
    if (!kinds.func.is(effects))
      throw new TypeError(`counting() takes a function, \`() => orders.count()\`; it was given ${kinds.describe(effects)}.`);
    this.#effects = effects;
    return this;
  }

  /** Rejects with an AssertionError unless the operation is idempotent one after another, at once, and over broken connections. */
  async holds(): Promise<void> {
    await this.oneAfterAnother();
    await this.atOnce();
    await this.overBrokenConnections();
  }

  /** Three tries in a row with one key have one effect and one answer. */
  async oneAfterAnother(): Promise<void> {
    await this.#onceOnly('one after another', async (origin, sent) => {
      const first = await this.#ask(origin, sent);
      assert.ok(first.status < 500, `the first request was answered with ${String(first.status)}`);
      for (let i = 0; i < 2; i++) sameAnswer(first, await this.#ask(origin, sent), this.expectations);
    });
  }

  /** A crowd with one key has one effect; each of it hears the one answer, or is told to come again and then hears it. */
  async atOnce(): Promise<void> {
    const { crowd = 20 } = this.expectations;
    await this.#onceOnly('at once', async (origin, sent) => {
      const all = await Promise.all(Array.from({ length: crowd }, () => this.#ask(origin, sent)));
      const settled = await this.#answered(origin, sent);
      const told = all.filter((one) => one.body.equals(settled.body));
      assert.ok(told.length > 0, 'nobody of the crowd was told the answer that is kept');
      for (const one of all) {
        if (one.body.equals(settled.body)) sameAnswer(one, settled, this.expectations);
        else assert.ok(this.#isRefusal(one), `a request was answered ${String(one.status)} with another body than is kept`);
      }
    });
  }

  /** A client that loses its connection before it has its answer, and tries again, hears the answer of the one effect. */
  async overBrokenConnections(): Promise<void> {
    await this.#onceOnly('over broken connections', async (origin, sent) => {
      for (let i = 0; i < 3; i++) await dropped(origin, sent);
      sameAnswer(await this.#answered(origin, sent), await this.#ask(origin, sent), this.expectations);
    });
  }

  async #ask(origin: URL, sent: Sent): Promise<Received> {
    const received = await exchange(origin, sent);
    this.#statuses.add(received.status);
    // What Nest answers where it has no route; a 404 of a handler may be an answer that is kept.
    const isNoRoute = received.status === 404 && received.body.includes(`Cannot ${sent.method} `);
    assert.ok(!isNoRoute, `${sent.method} ${sent.path} was answered with 404: the application has no such route`);
    return received;
  }

  /** How many effects there are. What is no number would be compared with nothing. */
  async #count(): Promise<number | undefined> {
    if (!this.#effects) return undefined;
    const count: unknown = await this.#effects();
    if (typeof count === 'number' && !Number.isNaN(count)) return count;
    throw new TypeError(`The function of counting() must give a number; it gave ${kinds.describe(count)}.`);
  }

  #isRefusal({ status, headers }: Received): boolean {
    return headers['idempotency-replayed'] === undefined && (this.expectations.refusals ?? REFUSALS).includes(status);
  }

  /** Tries until two answers in a row are alike: a refusal may have the status of a replay, but it does not stay. */
  async #answered(origin: URL, sent: Sent): Promise<Received> {
    const until = Date.now() + (this.expectations.patienceMs ?? 10_000);
    let last = await this.#ask(origin, sent);
    while (this.#isRefusal(last)) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const next = await this.#ask(origin, sent);
      if (next.body.equals(last.body) && next.status === this.expectations.replayStatus) return next;
      assert.ok(
        Date.now() < until,
        `still refused with ${String(next.status)} after ${String(this.expectations.patienceMs ?? 10_000)} ms`,
      );
      last = next;
    }
    return last;
  }

  async #onceOnly(how: string, talk: (origin: URL, sent: Sent) => Promise<void>): Promise<void> {
    const { origin, close } = await addressOf(this.target);
    try {
      this.#statuses.clear();
      const before = await this.#count();
      await talk(origin, this.#request());
      const after = await this.#count();
      if (before === undefined || after === undefined) return;
      const statuses = this.#statuses.size === 0 ? '' : `; they were answered with ${[...this.#statuses].join(', ')}`;
      const had = `requests with one key, sent ${how}, had ${String(after - before)} effects${statuses}`;
      assert.equal(after - before, 1, had);
    } finally {
      await close();
    }
  }

  #request(): Sent {
    const { keyHeader = 'Idempotency-Key' } = this.expectations;
    const isJson = typeof this.body === 'object' && !(this.body instanceof Uint8Array);
    const text = isJson ? JSON.stringify(this.body) : this.body;
    const body = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const headers = { ...(isJson && { 'content-type': 'application/json' }), ...this.#headers, [keyHeader]: randomUUID() };
    return { method: this.method, path: this.path, headers, body };
  }
}

/** Begins a test of an application: `await expectIdempotent(app).post('/orders', order).counting(() => orders.count()).holds()`. */
export function expectIdempotent(target: Target, expectations: Expectations = {}) {
  checkTarget(target);
  kinds.optionsOf('expectIdempotent', expectations, KINDS);
  const operation = (method: string) => (path: string, body?: Body) => {
    if (typeof path !== 'string' || !path.startsWith('/'))
      throw new TypeError(`The path of an operation begins with a slash, e.g. '/orders'; it was given ${kinds.describe(path)}.`);
    if (body !== undefined && typeof body !== 'string' && (typeof body !== 'object' || (body as object | null) === null))
      throw new TypeError(`A body is an object, a string or bytes; it was given ${kinds.describe(body)}.`);
    return new IdempotentOperation(target, expectations, method, path, body);
  };
  return { post: operation('POST'), put: operation('PUT'), patch: operation('PATCH'), delete: operation('DELETE') };
}
