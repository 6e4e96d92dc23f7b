/** R1-R30: each testable requirement of draft-ietf-httpapi-idempotency-key-header-07, met by the `ietf` profile on both platforms. */
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { IdempotencyPolicies, type IdempotencyOptions, MemoryStorage } from 'nestjs-idempotency';
import { payments, Runs } from './payments.js';
import { type Answered, type Closing, keyed, PLATFORMS, type Platform, serve } from './serve.js';

const TYPES = 'https://github.com/nestjs-idempotency/nestjs-idempotency/blob/main/docs/errors.md#';

/** Counts the looks at the store. */
class CountingStorage extends MemoryStorage {
  looks = 0;

  override find(...args: Parameters<MemoryStorage['find']>): ReturnType<MemoryStorage['find']> {
    this.looks += 1;
    return super.find(...args);
  }

  override save(...args: Parameters<MemoryStorage['save']>): ReturnType<MemoryStorage['save']> {
    this.looks += 1;
    return super.save(...args);
  }
}

let runs: Runs;
let storage: CountingStorage;
let server: Closing;
let keys = 0;

/** An application of its own, apart from the one that all tests of a platform share. */
function start(platform: Platform, options: Partial<IdempotencyOptions>, seen = new Runs()): Promise<Closing> {
  return serve(platform, payments({ profile: 'ietf', ...options }, seen));
}

/** A key that was never used. */
function fresh(): string {
  keys += 1;
  return `key-${keys}`;
}

const pay = (key: string | undefined, body: object = { amount: 1 }, headers: Record<string, string> = {}): Promise<Answered> =>
  keyed(server, '/payments', key, { body: JSON.stringify(body), headers });

/** Sends header lines as they stand, which `fetch` would join or refuse. */
async function raw(lines: readonly string[]): Promise<string> {
  const socket = createConnection({ port: Number(new URL(server.url).port), host: '127.0.0.1' });
  socket.write(
    [
      'POST /payments HTTP/1.1',
      'Host: x',
      'Connection: close',
      'Content-Type: application/json',
      'Content-Length: 2',
      ...lines,
      '',
      '{}',
    ].join('\r\n'),
    'latin1',
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

function expectProblem(answer: Answered, status: number, reason: string, title: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('content-language')).toBe('en');
  expect(answer.headers.get('link')).toBe(`<${TYPES}${reason}>; rel="describedby"; type="text/html"`);
  expect(answer.json).toMatchObject({ type: TYPES + reason, title, status, detail: expect.stringMatching(/\w+\./) as string });
}

describe.each(PLATFORMS)('on %s', (platform) => {
  beforeAll(async () => {
    runs = new Runs();
    storage = new CountingStorage();
    server = await start(platform, { storage: { use: storage } }, runs);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    runs.count = 0;
    storage.looks = 0;
  });

  it.each(['abc', `'abc'`, ':YWJj:', '1', '?1', '"a", "b"', '"a" x'])(
    'R1: a strict route refuses %s, which is no string',
    async (key) => {
      await using strict = await start(platform, { keySyntax: 'strict' });
      expectProblem(await keyed(strict, '/payments', key), 400, 'key-invalid', 'Idempotency-Key is not valid');
      expect((await keyed(strict, '/payments', '"abc"')).status).toBe(201);
    },
  );

  // R2 is packages/nestjs/src/request/key.vectors.spec.ts.

  it('R3: parameters of the item are parsed and ignored', async () => {
    await pay('"with-parameters"');
    expect((await pay('"with-parameters";v=1; w="x"')).headers.get('idempotency-replayed')).toBe('true');
    expect(runs.count).toBe(1);
  });

  it('R4: two field lines are refused, also equal ones, and the first is not taken', async () => {
    for (const lines of [
      ['"a"', '"b"'],
      ['"a"', '"a"'],
      ['a', ''],
    ])
      expect(await raw(lines.map((line) => `Idempotency-Key: ${line}`))).toMatch(/^HTTP\/1\.1 400 [^]*key-invalid/);
    expect(runs.count).toBe(0);
  });

  it('R5, R17: a key that is used with another payload is refused with 422 and a link, and its record is not touched', async () => {
    const key = fresh();
    await pay(key, { amount: 1 });
    expectProblem(await pay(key, { amount: 2 }), 422, 'key-reused', 'Idempotency-Key is already used');
    expectProblem(await keyed(server, '/payments?other', key), 422, 'key-reused', 'Idempotency-Key is already used');
    expect((await pay(key, { amount: 1 })).json).toEqual({ run: 1, amount: 1 });
    expect(runs.count).toBe(1);
  });

  it('R6: whose key it is, the application says', async () => {
    await using scoped = await start(platform, {
      scope: (request: { headers: Record<string, string> }) => request.headers['x-user'],
    });
    const as = (user: string, token: string): Promise<Answered> =>
      keyed(scoped, '/payments', 'one', { headers: { 'x-user': user, authorization: token } });
    expect((await as('ann', 'old')).json).toMatchObject({ run: 1 });
    expect((await as('ann', 'renewed')).json).toMatchObject({ run: 1 });
    expect((await as('bob', 'old')).json).toMatchObject({ run: 2 });
  });

  it('R7, R24: a route may ask for keys that are UUIDs', async () => {
    expectProblem(await keyed(server, '/uuids', 'abc'), 400, 'key-invalid', 'Idempotency-Key is not valid');
    expect((await keyed(server, '/uuids', '"8e03978e-40d5-43dd-bc93-6894a57f9324"')).status).toBe(201);
  });

  it('R8: an expired key counts as new', async () => {
    const key = fresh();
    expect((await keyed(server, '/short', key)).json).toEqual({ run: 1 });
    let again: Answered;
    do again = await keyed(server, '/short', key);
    while (again.headers.has('idempotency-replayed'));
    expect(again.json).toEqual({ run: 2 });
  });

  it('R9, R13: the policy is published with its expiry', () => {
    const { operations } = server.app.get(IdempotencyPolicies).document();
    expect(operations.find(({ paths }) => paths[0] === '/short')).toMatchObject({ retentionMs: 50, key: { required: true } });
  });

  it('R10: a fingerprint sees values, and neither the order of keys nor white space', async () => {
    const key = fresh();
    const send = (body: string): Promise<Answered> => keyed(server, '/payments', key, { body });
    await send('{"amount":1,"note":"\u00e9"}');
    expect((await send('{ "note": "\\u00e9", "amount": 1.0 }')).headers.get('idempotency-replayed')).toBe('true');
    expect((await send('{"amount":1,"note":"e\u0301"}')).status).toBe(422);
    expect((await send('{"amount":"1","note":"\u00e9"}')).status).toBe(422);
  });

  it('R11, R14: another key is another operation', async () => {
    expect([(await pay(fresh())).json, (await pay(fresh())).json]).toEqual([
      { run: 1, amount: 1 },
      { run: 2, amount: 1 },
    ]);
  });

  it('R12: a route that does not take part ignores the header, whatever it says', async () => {
    for (const key of [fresh(), 'same', 'same', '"', '']) expect((await keyed(server, '/plain', key)).status).toBe(201);
    expect(runs.count).toBe(5);
  });

  it('R15: the first request is answered as if there were no key', async () => {
    const first = await pay(fresh());
    expect({ status: first.status, text: first.text, location: first.headers.get('location') }).toEqual({
      status: 201,
      text: '{"run":1,"amount":1}',
      location: '/payments/1',
    });
    expect(first.headers.has('idempotency-replayed')).toBe(false);
  });

  it.each([201, 400, 404, 409, 422, 429])(
    'R16: a retry is given the result of the first request, also its error %d, byte for byte',
    async (status) => {
      const key = fresh();
      const body = status === 201 ? { amount: 5 } : { fail: status };
      const [first, retry] = [await pay(key, body), await pay(key, body)];
      expect(first.status).toBe(status);
      expect([retry.status, retry.text, retry.headers.get('location'), retry.headers.get('content-type')]).toEqual([
        status,
        first.text,
        first.headers.get('location'),
        first.headers.get('content-type'),
      ]);
      expect(retry.headers.get('idempotency-replayed')).toBe('true');
      expect(runs.count).toBe(1);
    },
  );

  it('R17: 422 wins over 409 while the first request runs', async () => {
    const key = fresh();
    const arrived = runs.next();
    const first = pay(key, { hold: true });
    await arrived;
    expect((await pay(key, { amount: 2 })).status).toBe(422);
    runs.letGo();
    expect((await first).status).toBe(201);
  });

  it('R18: of 50 concurrent requests one runs, and 49 are told 409 and when to come back', async () => {
    const key = fresh();
    const arrived = runs.next();
    const first = pay(key, { hold: true });
    await arrived;
    const others = await Promise.all(Array.from({ length: 49 }, () => pay(key, { hold: true })));
    for (const other of others) {
      expectProblem(other, 409, 'in-progress', 'A request is outstanding for this Idempotency-Key');
      const { retryAfterMs } = other.json as { retryAfterMs: number };
      expect(other.json).toMatchObject({ retryable: true });
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(30_000);
      expect(other.headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1000)));
    }
    runs.letGo();
    expect((await first).json).toMatchObject({ run: 1 });
    expect(runs.count).toBe(1);
  });

  it('R18: a duplicate that asks to wait is given the answer', async () => {
    const key = fresh();
    const arrived = runs.next();
    const first = pay(key, { hold: true });
    await arrived;
    const waiting = pay(key, { hold: true }, { prefer: 'wait=20' });
    expect((await pay(key, { hold: true }, { prefer: 'wait=0' })).status).toBe(409);
    runs.letGo();
    expect((await waiting).text).toBe((await first).text);
    expect(runs.count).toBe(1);
  });

  it.each([
    ['absent', undefined, 'key-missing', 'Idempotency-Key is missing'],
    ['empty', '', 'key-invalid', 'Idempotency-Key is not valid'],
    ['an empty string', '""', 'key-invalid', 'Idempotency-Key is not valid'],
  ])('R19, R20, R30: a key that is %s is refused with 400, a problem and a link', async (_what, key, reason, title) => {
    expectProblem(await pay(key), 400, reason, title);
    expect(runs.count).toBe(0);
  });

  it('R20: a problem has the status of its response, and members that RFC 9457 allows', async () => {
    const { status, json } = await pay(undefined);
    expect(json).toMatchObject({ status, retryable: false });
    for (const name of Object.keys(json as object)) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]{2,}$/);
  });

  it('R21: a request that was refused succeeds once it is corrected', async () => {
    const key = fresh();
    await pay(key, { amount: 1 });
    expect((await pay(key, { amount: 2 })).status).toBe(422);
    expect((await pay(fresh(), { amount: 2 })).status).toBe(201);
  });

  it('R22: a request that is not corrected is refused again, and never runs', async () => {
    const key = fresh();
    await pay(key, { amount: 1 });
    for (let again = 0; again < 3; again += 1) {
      expect((await pay(undefined)).status).toBe(400);
      expect((await pay('"')).status).toBe(400);
      expect((await pay(key, { amount: 2 })).status).toBe(422);
    }
    expect(runs.count).toBe(1);
  });

  it.each([500, 502, 503])('R23: a %d of the handler is not kept, and its key may be retried', async (fail) => {
    const key = fresh();
    expect((await pay(key, { fail })).json).toEqual({ run: 1, fail });
    expect((await pay(key, { fail })).json).toEqual({ run: 2, fail });
  });

  it.each([
    ['with a control character', 'a\u0001b'],
    ['with a tab', 'a\tb'],
    ['with DEL', 'a\u007f'],
    ['of 256 characters', 'x'.repeat(256)],
    ['of 10,000 characters', 'x'.repeat(10_000)],
    ['with a wrong escape', '"\\q"'],
    ['beyond ASCII', 'caf\u00e9'],
    ['of two words', 'a b'],
    ['with a quote in it', '";DROP TABLE'],
  ])('R25: a key %s is refused before anything is looked up', async (_what, key) => {
    expect(await raw([`Idempotency-Key: ${key}`])).toMatch(/^HTTP\/1\.1 400 /);
    expect(storage.looks).toBe(0);
    await pay(fresh());
    expect(storage.looks).toBeGreaterThan(0);
  });

  it('R26: parts of the slot cannot run into each other', async () => {
    const of = (path: string, key: string, authorization: string): Promise<Answered> =>
      keyed(server, path, key, { headers: { authorization } });
    const answers = [await of('/payments', 'a:b', 'c'), await of('/payments', 'a', 'b:c'), await of('/refunds', 'a:b', 'c')];
    expect(answers.map(({ json }) => (json as { run: number }).run)).toEqual([1, 2, 3]);
  });

  it.each(['*', '{x}', '__proto__', "'--", '$ne', '../../x', '%00', 'constructor', '\\r\\nSET'])(
    'R27: the key %s is a key like any other',
    async (key) => {
      const [first, retry] = [await pay(key), await pay(key)];
      expect([first.status, retry.status, retry.text]).toEqual([201, 201, first.text]);
      expect(retry.headers.get('idempotency-replayed')).toBe('true');
    },
  );

  it('R28: another caller with the same key neither sees the answer nor learns that there is one', async () => {
    const key = fresh();
    const ann = { authorization: 'Bearer ann' };
    const bob = { authorization: 'Bearer bob' };
    const arrived = runs.next();
    const first = pay(key, { hold: true }, ann);
    await arrived;
    expect((await pay(key, { amount: 9 }, bob)).json).toEqual({ run: 2, amount: 9 });
    runs.letGo();
    await first;
    const third = await pay(key, { amount: 9 }, { authorization: 'Bearer eve' });
    expect([third.status, third.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  it('R29: only POST and PATCH take part by themselves in opt-out mode', async () => {
    await using all = await start(platform, { mode: 'opt-out' });
    const statuses = await Promise.all(
      ['GET', 'PUT', 'DELETE', 'PATCH', 'POST'].map(async (method) => (await keyed(all, '/any', undefined, { method })).status),
    );
    expect(statuses).toEqual([200, 200, 200, 400, 400]);
  });

  it('R30: the titles are those of the draft', async () => {
    const key = fresh();
    const arrived = runs.next();
    const first = pay(key, { hold: true });
    await arrived;
    const answers = [await pay(undefined), await pay(key, {}), await pay(key, { hold: true })];
    runs.letGo();
    await first;
    expect(answers.map(({ json }) => (json as { title: string }).title)).toEqual([
      'Idempotency-Key is missing',
      'Idempotency-Key is already used',
      'A request is outstanding for this Idempotency-Key',
    ]);
  });

  it('names the mark of a replay to pages of other origins, where the application answers CORS', async () => {
    const cross = await serve(platform, payments({ profile: 'ietf' }, new Runs()), (app) => {
      app.enableCors({ origin: 'https://shop.example', exposedHeaders: ['Location'] });
    });
    const send = (): Promise<Answered> => keyed(cross, '/payments', 'cors', { headers: { origin: 'https://shop.example' } });
    await send();
    const retry = await send();
    await cross.close();
    expect(retry.headers.get('access-control-expose-headers')).toBe('Location, Idempotency-Replayed');
  });
});
