/** What the encoders take for the same request, and what for another one. */
import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { BasicEncoder, type BodyIdentity, type IdempotencyEncoder, type KeyedRequest, OperationEncoder } from './index.js';
import { write } from './write.js';

const consumed = Object.assign(Readable.from([]), { headers: {} }) as unknown as IncomingMessage;

function request(given: Partial<KeyedRequest>): KeyedRequest {
  return { key: 'k', scope: 's', method: 'POST', path: '/orders', body: { n: 1 }, raw: consumed, ...given };
}

function identity(encoder: IdempotencyEncoder, given: Partial<KeyedRequest>): string {
  const { slot, fingerprint } = encoder.encode(request(given)) as { slot: string; fingerprint: string };
  expect(slot).toMatch(/^[\w-]{1,128}$/);
  expect(fingerprint).toMatch(/^[\w-]{1,128}$/);
  return `${slot} ${fingerprint}`;
}

const bodies = { classic: new BasicEncoder(), ietf: new OperationEncoder() };

describe.each(Object.entries(bodies))('the encoder of the %s profile', (_profile, encoder) => {
  it.each([
    ['keys', { key: 'other' }],
    ['scopes', { scope: 'other' }],
    ['methods', { method: 'PATCH' }],
    ['paths', { path: '/payments' }],
    ['queries', { path: '/orders?a=1' }],
    ['bodies', { body: { n: 2 } }],
  ])('tells other %s apart', (_what, given) => {
    expect(identity(encoder, given)).not.toBe(identity(encoder, {}));
    expect(identity(encoder, given)).toBe(identity(encoder, given));
  });

  it.each([
    ['a key with a separator', { key: 'a:b', scope: 'c' }, { key: 'a', scope: 'b:c' }],
    ['a key and a path', { key: 'k', path: '/alt/x' }, { key: 'k/alt', path: '/x' }],
    ['a length in a key', { key: '1:a', scope: 'b' }, { key: '1', scope: ':ab' }],
    ['a whole request in a path and in a key', { path: '/a:"t":POST:/b' }, { key: 'k:"s":POST:/a', scope: 't', path: '/b' }],
    ['halves of surrogate pairs in a scope', { scope: '\ud800' }, { scope: '\ud801' }],
  ])('does not confuse %s', (_what, a, b) => {
    expect(identity(encoder, a)).not.toBe(identity(encoder, b));
  });

  it('never lets two different lists of key, scope, method and path meet', () => {
    const part = fc.string({ unit: fc.constantFrom('a', ':', '1', '/', '?', '"', '\\', '\u0000', '\ud83d') });
    const parts = fc.tuple(part, part, part, part);
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const as = ([key, scope, method, path]: string[]): Partial<KeyedRequest> =>
          ({ key, scope, method, path: `/${path ?? ''}` }) as Partial<KeyedRequest>;
        expect(identity(encoder, as(a)) === identity(encoder, as(b))).toBe(
          JSON.stringify(a) === JSON.stringify(b) || (encoder instanceof OperationEncoder && sameQuery(a, b)),
        );
      }),
    );
  });

  it.each([
    ['an infinite number and null', '{"a":1e400}', '{"a":null}'],
    ['two infinities', '{"a":1e400}', '{"a":-1e400}'],
    ['an own __proto__ and none', '{"__proto__":{"admin":true}}', '{}'],
    ['composed and decomposed letters', '{"a":"\\u00e9"}', '{"a":"e\\u0301"}'],
    ['halves of surrogate pairs', '{"a":"\\ud800"}', '{"a":"\\ud801"}'],
    ['a number and its digits', '{"a":1}', '{"a":"1"}'],
    ['false, null, 0 and an empty string', 'false', '0'],
    ['an array and an object', '[]', '{}'],
  ])('tells %s apart', (_what, a, b) => {
    expect(identity(encoder, { body: JSON.parse(a) })).not.toBe(identity(encoder, { body: JSON.parse(b) }));
  });

  it.each([
    ['negative zero and zero', '{"a":-0}', '{"a":0}'],
    ['1.0, 1e0 and 1', '{"a":[1.0,1e0]}', '{"a":[1,1]}'],
    ['a doubled key and its last value', '{"a":1,"a":2}', '{"a":2}'],
    ['an escaped and a plain letter', '{"a":"\\u0061"}', '{"a":"a"}'],
  ])('takes %s for one, as the handler does', (_what, a, b) => {
    expect(identity(encoder, { body: JSON.parse(a) })).toBe(identity(encoder, { body: JSON.parse(b) }));
  });

  it('tells no body, an empty string and null apart', () => {
    expect(new Set([undefined, '', null].map((body) => identity(encoder, { body }))).size).toBe(3);
  });

  it('tells bytes from other bytes and from the text of their digest', () => {
    const [a, b] = [Buffer.from([0, 1]), Buffer.from([0, 2])];
    expect(identity(encoder, { body: a })).not.toBe(identity(encoder, { body: b }));
    expect(identity(encoder, { body: a })).toBe(identity(encoder, { body: Buffer.from(a) }));
  });

  it('refuses a body nested 20,000 deep, and one that runs in a circle, as the client’s fault', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const body of [JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`), circle] as unknown[])
      expect(() => encoder.encode(request({ body }))).toThrow(
        expect.objectContaining({ name: 'BodyRefusedError', reason: 'too-deep' }),
      );
  });

  it('tells Maps, Sets, BigInts and nested bytes of a parser of another format apart', () => {
    const values = [
      new Map([['a', 1]]),
      new Map([['a', 2]]),
      new Set([1]),
      new Set([2]),
      {},
      1n,
      2n,
      Buffer.from('a'),
      null,
      Infinity,
    ];
    expect(new Set(values.map((value) => identity(encoder, { body: { value } }))).size).toBe(values.length);
  });
});

function sameQuery(a: readonly string[], b: readonly string[]): boolean {
  const split = (path = ''): string => JSON.stringify([path.split('?', 1)[0], path.split('?').slice(1).join('?')]);
  return JSON.stringify(a.slice(0, 3)) === JSON.stringify(b.slice(0, 3)) && split(a[3]) === split(b[3]);
}

const json = fc.jsonValue({ maxDepth: 4 });

/** The same value with the keys of every object in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner)]),
  );
}

it('writes every string as JSON does', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }), (text) => {
      expect(write({ [text]: text }, { sorted: true, maxDepth: 9 })).toBe(JSON.stringify({ [text]: text }));
    }),
  );
});

describe('the order of keys', () => {
  it('does not count where a body is canonical, and values do', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(identity(bodies.ietf, { body: a })).toBe(identity(bodies.ietf, { body: reversed(a) }));
        const [textA, textB] = [a, b].map((value) => JSON.stringify(sortedDeep(value)));
        expect(identity(bodies.ietf, { body: a }) === identity(bodies.ietf, { body: b })).toBe(textA === textB);
      }),
    );
  });

  it('counts in classic, where equal text is the same body', () => {
    expect(identity(bodies.classic, { body: { a: 1, b: 2 } })).not.toBe(identity(bodies.classic, { body: { b: 2, a: 1 } }));
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(identity(bodies.classic, { body: a }) === identity(bodies.classic, { body: b })).toBe(
          JSON.stringify(a) === JSON.stringify(b),
        );
      }),
    );
  });

  it('of query names does not count under ietf, that of one name’s values does', () => {
    const of = (path: string): string => identity(bodies.ietf, { path });
    expect(of('/o?a=1&b=2')).toBe(of('/o?b=2&a=1'));
    expect(of('/o?a=1&a=2')).not.toBe(of('/o?a=2&a=1'));
    expect(of('/o?')).toBe(of('/o'));
  });

  it.each([
    ['a=1&%61=2', '%61=2&a=1'],
    ['a+b=1&a%20b=2', 'a%20b=2&a+b=1'],
    ['a=1&a[]=2', 'a[]=2&a=1'],
    ['a%5B%5D=1&b=3&a=2', 'a=2&b=3&a%5B%5D=1'],
  ])('of the values of one name counts, however it is spelt: %s is not %s', async (one, other) => {
    const asked = (query: string) => new OperationEncoder().encode(request({ path: `/orders?${query}` }));
    const [first, second] = [await asked(one), await asked(other)];
    expect([first.slot === second.slot, first.fingerprint === second.fingerprint]).toEqual([true, false]);
    expect((await asked('%62=1&c=2')).fingerprint).toBe((await asked('c=2&%62=1')).fingerprint);
  });
});

function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep);
  if (typeof value !== 'object' || value === null) return value;
  // Tagged, so that an empty object is not taken for an empty array.
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { object: sorted.map(([name, inner]) => [name, sortedDeep(inner)]) };
}

describe('raw bytes', () => {
  it('count where the application keeps them, so that classic sees white space', () => {
    const of = (text: string): string => identity(bodies.classic, { body: JSON.parse(text), rawBody: Buffer.from(text) });
    expect(of('{"a":1}')).not.toBe(of('{"a": 1}'));
    expect(of('{"a":1}')).toBe(of('{"a":1}'));
  });

  it('do not count where the body is canonical', () => {
    const of = (text: string): string => identity(bodies.ietf, { body: JSON.parse(text), rawBody: Buffer.from(text) });
    expect(of('{"a":1,"b":2}')).toBe(of('{"b":2, "a":1}'));
  });
});

describe('chosen fields', () => {
  const of = (body: BodyIdentity, value: unknown): string => identity(new OperationEncoder({ body }), { body: value });

  it('are all that counts, at any depth and in arrays', () => {
    const only: BodyIdentity = { only: ['amount', 'customer.id', 'items.price'] };
    const value = { amount: 1, customer: { id: 7, name: 'a' }, items: [{ price: 1, note: 'x' }], at: 1 };
    expect(of(only, value)).toBe(of(only, { ...value, at: 2, customer: { id: 7, name: 'b' }, items: [{ price: 1, note: 'y' }] }));
    expect(of(only, value)).not.toBe(of(only, { ...value, amount: 2 }));
    expect(of(only, value)).not.toBe(of(only, { ...value, customer: { id: 8, name: 'a' } }));
    expect(of(only, value)).not.toBe(of(only, { ...value, items: [{ price: 2, note: 'x' }] }));
  });

  it('do not count where they are excepted', () => {
    const except: BodyIdentity = { except: ['sentAt', 'meta.trace'] };
    const value = { amount: 1, sentAt: 1, meta: { trace: 1, user: 1 } };
    expect(of(except, value)).toBe(of(except, { amount: 1, meta: { trace: 2, user: 1 }, sentAt: 2 }));
    expect(of(except, value)).not.toBe(of(except, { ...value, amount: 2 }));
    expect(of(except, value)).not.toBe(of(except, { ...value, meta: { trace: 1, user: 2 } }));
  });

  it('may be named whole and in part: the whole wins', () => {
    const only: BodyIdentity = { only: ['customer.id', 'customer'] };
    expect(of(only, { customer: { id: 1, name: 'a' } })).not.toBe(of(only, { customer: { id: 1, name: 'b' } }));
  });

  it('may be called __proto__ or constructor', () => {
    const only: BodyIdentity = { only: ['__proto__', 'constructor'] };
    expect(of(only, JSON.parse('{"__proto__":1}'))).not.toBe(of(only, JSON.parse('{"__proto__":2}')));
    expect(of(only, {})).not.toBe(of(only, { constructor: 1 }));
  });

  it('may be picked by a function', () => {
    const pick: BodyIdentity = ({ body }) => (body as { id: number }).id;
    expect(of(pick, { id: 1, at: 1 })).toBe(of(pick, { id: 1, at: 2 }));
    expect(of(pick, { id: 1 })).not.toBe(of(pick, { id: 2 }));
  });
});
