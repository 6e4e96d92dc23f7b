/** Bodies of every kind that a parser may give: what can be looked into is told apart, and what cannot is refused. */
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, type INestApplication, Post, Req } from '@nestjs/common';
import express from 'express';
import { BasicEncoder, IdempotencyKey, OperationEncoder } from 'nestjs-idempotency';
import { closeTaken, outcomes, post, take } from './identity-forms.js';
import { type Platform, PLATFORMS } from './serve.js';

afterEach(closeTaken);

@Controller()
class Plain {
  @Post('upload')
  @IdempotencyKey()
  upload(@Body() body: unknown) {
    return { got: typeof body };
  }
}

/** Parses `text/own` by `parse`, on either platform. */
function withParser(platform: Platform, parse: (text: string) => unknown) {
  return (app: INestApplication): void => {
    if (platform === 'express') {
      app.use(express.text({ type: 'text/own' }), (request: { body: unknown }, _response: unknown, next: () => void) => {
        if (typeof request.body === 'string') request.body = parse(request.body);
        next();
      });
    } else {
      type Done = (error: null, body: unknown) => void;
      const instance = app.getHttpAdapter().getInstance() as {
        addContentTypeParser(type: string, options: object, parser: (request: unknown, text: string, done: Done) => void): void;
      };
      instance.addContentTypeParser('text/own', { parseAs: 'string' }, (_request, text, done) => {
        done(null, parse(text));
      });
    }
  };
}

class Hidden {
  readonly #amount: string;
  readonly currency = 'EUR';
  constructor(amount: string) {
    this.#amount = amount;
  }
  get amount(): string {
    return this.#amount;
  }
}

class Shown extends Hidden {
  toJSON(): object {
    return { amount: this.amount };
  }
}

const visible: [string, (text: string) => unknown][] = [
  ['URLSearchParams', (text) => new URLSearchParams(text)],
  ['URLSearchParams inside', (text) => ({ query: [new URLSearchParams(text)] })],
  ['a Map', (text) => new Map([['amount', text]])],
  ['a Set', (text) => new Set([text])],
  ['a Map of Maps', (text) => new Map([[new Map([[text, 1]]), 1]])],
  ['FormData', (text) => formData(text)],
  ['FormData with a file', (text) => formData(new Blob([text]))],
  ['a Blob', (text) => new Blob([text])],
  ['a Date', (text) => ({ at: new Date(text.length) })],
  ['a Buffer', (text) => Buffer.from(text)],
  ['a DataView inside', (text) => ({ view: new DataView(new TextEncoder().encode(text).buffer) })],
  ['an ArrayBuffer inside', (text) => ({ bytes: new TextEncoder().encode(text).buffer })],
  ['BigInts of a reviver', (text) => ({ amount: BigInt(text.length) })],
  ['an object without prototype', (text) => Object.assign(Object.create(null) as object, { text })],
  ['an object that shows itself', (text) => new Shown(text)],
  ['a URL', (text) => new URL(`http://shop/?${text}`)],
  ['a sparse array', (text) => Object.assign(new Array<string>(3), { [text.length % 3]: 'x' })],
  [
    'a sparse array of great length',
    (text) => Object.assign(new Array<string>(4_000_000_000), { [text.length * 100_000_000]: 'x' }),
  ],
  ['an array with a field beside its items', (text) => Object.assign(['x'], { beside: text })],
  ['halves of surrogate pairs', (text) => ({ half: text.length % 2 === 0 ? '\ud800' : '\ud801' })],
  ['undefined', (text) => ({ a: text.length % 2 === 0 ? undefined : null })],
  ['a field called toJSON', (text) => ({ toJSON: text })],
];

function formData(value: string | Blob): FormData {
  const form = new FormData();
  form.append('amount', value);
  return form;
}

const invisible: [string, (text: string) => unknown][] = [
  ['an object with hidden fields', (text) => new Hidden(text)],
  ['such an object inside', (text) => ({ orders: [{ order: new Hidden(text) }] })],
  ['Headers', (text) => new Headers({ text })],
  ['a promise inside', (text) => ({ upload: Promise.resolve(text) })],
  ['an Error', (text) => new Error(text)],
  ['a WeakMap', () => new WeakMap()],
  ['a web stream', (text) => new Blob([text]).stream()],
  [
    'a generator',
    (text) =>
      (function* () {
        yield text;
      })(),
  ],
  ['a function inside', (text) => ({ text: () => text })],
  ['a symbol inside', (text) => ({ text: Symbol(text) })],
  ['a boxed string inside', (text) => ({ text: new String(text) })],
  ['nothing', () => undefined],
  ['an empty object', () => ({})],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(['classic', 'ietf'] as const)('in %s', (profile) => {
    const options = { profile, conflictStatus: null };
    const own = (port: number, text: string) => () => post(port, text, { 'content-type': 'text/own' });

    it.each(visible)('%s is known again, and told from another one', async (_, parse) => {
      let runs = 0;
      @Controller()
      class Counting {
        @Post('upload')
        @IdempotencyKey()
        upload() {
          return { run: ++runs };
        }
      }
      const { port } = await take(platform, Counting, options, withParser(platform, parse));
      const seen = await outcomes(['amount=5', 'amount=5', 'amount=50'].map((text) => own(port, text)));
      // In `classic` another body is another operation, and nothing marks a replay.
      expect(seen).toEqual(profile === 'ietf' ? ['ran', 'replayed', 422] : ['ran', 'ran', 'ran']);
      expect(runs).toBe(profile === 'ietf' ? 1 : 2);
    });

    it.each(invisible)('%s is refused', async (_, parse) => {
      const { port } = await take(platform, Plain, options, withParser(platform, parse));
      const refused = await own(port, 'amount=5')();
      expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { reason: 'body-refused' }]);
      expect(refused.text).toContain('cannot be looked into');
    });
  });

  it('a gap of four billion items in a list costs nothing', async () => {
    const { port } = await take(
      platform,
      Plain,
      {},
      withParser(platform, () => Object.assign([], { 4_000_000_000: 'x' })),
    );
    const beganAt = performance.now();
    expect((await post(port, 'x', { 'content-type': 'text/own' })).status).toBe(201);
    expect(performance.now() - beganAt).toBeLessThan(1_000);
  });

  it.each([
    ['throws', ({ body }: { body: unknown }) => (body as { a: { b: string } }).a.b, 400],
    ['rejects', () => Promise.reject(new Error('SECRET')), 400],
    ['gives what cannot be looked into', () => new Hidden('5'), 400],
  ])('a function for the body that %s refuses the request, and is told of', async (_, body, status) => {
    const faults: unknown[] = [];
    const onEvent = (event: { kind: string; fault?: unknown }): void => void (event.kind === 'fault' && faults.push(event.fault));
    const { port } = await take(platform, Plain, { encoder: new OperationEncoder({ body }), onEvent });
    const refused = await post(port, '{}', { 'content-type': 'application/json' });
    expect(refused.status).toBe(status);
    expect(refused.text).not.toContain('SECRET');
    expect(faults).toHaveLength(body.toString().includes('Hidden') ? 0 : 1);
  });

  it('a function for the body may be asynchronous', async () => {
    const encoder = new OperationEncoder({ body: async ({ body }) => Promise.resolve(body) });
    const { port } = await take(platform, Plain, { encoder });
    const json = (text: string) => () => post(port, text, { 'content-type': 'application/json' });
    expect(await outcomes([json('{"a":1}'), json('{"a":1}'), json('{"a":2}')])).toEqual(['ran', 'replayed', 422]);
  });

  it.each([
    ['as bytes', (text: string) => Buffer.from(text)],
    ['as text', (text: string) => text],
  ])('raw bytes that a middleware keeps %s count, whoever parsed them', async (_, kept) => {
    const keeping = (request: Record<string, unknown>, text: string): object => {
      request['rawBody'] = kept(text);
      return {};
    };
    const { port } = await take(platform, Plain, { encoder: new BasicEncoder() }, (app) => {
      if (platform === 'express')
        app.use(express.text({ type: 'text/own' }), (request: Record<string, unknown>, _response: unknown, next: () => void) => {
          request['body'] = keeping(request, request['body'] as string);
          next();
        });
      else
        (app.getHttpAdapter().getInstance() as { addContentTypeParser(...of: unknown[]): void }).addContentTypeParser(
          'text/own',
          { parseAs: 'string' },
          (request: Record<string, unknown>, text: string, done: (error: null, body: unknown) => void) =>
            done(null, keeping(request, text)),
        );
    });
    const own = (text: string) => () => post(port, text, { 'content-type': 'text/own' });
    expect(await outcomes([own('a'), own('a'), own('b')])).toEqual(['ran', 'replayed', 'ran']);
  });
});

describe('on Express, bytes that no parser wants', () => {
  @Controller()
  class Streamed {
    @Post('upload')
    @IdempotencyKey()
    async upload(@Req() request: Readable) {
      return { read: Buffer.concat((await request.toArray()) as Buffer[]).toString('latin1') };
    }
  }

  it('are told apart by what they are to be read as', async () => {
    const { port } = await take('express', Streamed);
    const sent =
      (type: string, more = {}) =>
      () =>
        post(port, 'é', { 'content-type': type, ...more });
    expect(
      await outcomes([
        sent('text/csv'),
        sent('text/csv; charset=UTF-8'),
        sent('text/csv; charset=latin1'),
        sent('application/xml'),
        sent('text/csv', { 'content-encoding': 'gzip' }),
      ]),
    ).toEqual(['ran', 'replayed', 422, 422, 422]);
  });

  it('are told apart though a middleware puts something beside them', async () => {
    const { port } = await take('express', Streamed, {}, (app) =>
      app.use((request: Record<string, unknown>, _response: unknown, next: () => void) => {
        request['body'] = { tenant: 1 };
        next();
      }),
    );
    const xml = (text: string) => () => post(port, text, { 'content-type': 'application/xml' });
    expect(await outcomes([xml('<a/>'), xml('<a/>'), xml('<b/>')])).toEqual(['ran', 'replayed', 422]);
  });

  it('are refused where a middleware read them and shows nothing of it', async () => {
    const { port } = await take('express', Plain, {}, (app) =>
      app.use((request: Readable, _response: unknown, next: () => void) => void request.resume().on('end', next)),
    );
    expect((await post(port, '<a/>', { 'content-type': 'application/xml' })).status).toBe(400);
  });
});

it('on Fastify a stream as body is read once more by its handler, and told from another one', async () => {
  @Controller()
  class Streamed {
    @Post('upload')
    @IdempotencyKey()
    async upload(@Body() body: Readable) {
      return { read: Buffer.concat((await body.toArray()) as Buffer[]).toString() };
    }
  }
  const { port } = await take('fastify', Streamed, {}, (app) => {
    const instance = app.getHttpAdapter().getInstance() as { addContentTypeParser(...of: unknown[]): void };
    instance.addContentTypeParser(
      'text/csv',
      (_request: unknown, payload: unknown, done: (error: null, body: unknown) => void) => {
        done(null, payload);
      },
    );
  });
  const csv = (text: string) => () => post(port, text, { 'content-type': 'text/csv' });
  expect((await csv('a,b')()).text).toBe('{"read":"a,b"}');
  expect(await outcomes([csv('a,b'), csv('a,c')])).toEqual(['replayed', 422]);
});
