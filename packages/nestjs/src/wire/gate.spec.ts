/** The gate on responses of a real server, without any framework. */
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import compression from 'compression';
import type { Captured } from './answer.js';
import { Gate } from './gate.js';
import { listedHeaders } from './listed-headers.js';

const limits = { maxBodyBytes: 1000, keeps: listedHeaders(['x-app']) };
const kept = {
  status: 202,
  headers: [['content-type', 'text/plain'] as const, ['link', '</a>'] as const, ['link', '</b>'] as const],
  body: Buffer.from('kept'),
};

/** With a handler whose client has left, and that writes nothing. */
const PATIENCE_MS = 40;

type Handler = (response: ServerResponse, gate: Gate, request: IncomingMessage) => unknown;

interface Came {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly trailers: IncomingMessage['trailers'];
}

let server: Server;
let gate: Gate;
let handler: Handler;
let handled: Promise<unknown>;
let arrived: Promise<void>;

beforeEach(async () => {
  let arrive: () => void = () => undefined;
  arrived = new Promise((resolve) => (arrive = resolve));
  server = createServer((request, response) => {
    response.setHeader('X-Middleware', 'stays');
    const go = (): void => {
      gate = Gate.on(response, limits, undefined, PATIENCE_MS);
      handled = Promise.resolve(handler(response, gate, request));
      arrive();
    };
    if (request.url === '/compressed') compression({ threshold: 1 })(request as never, response as never, go);
    else go();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function origin(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(path = '/', headers: Record<string, string> = {}): Promise<Came> {
  const [answer] = (await once(get(origin() + path, { headers, agent: false }), 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks), trailers: answer.trailers };
}

/** Lets whatever is captured leave, and tells what it was. */
async function captureAndSend(): Promise<Captured> {
  await arrived;
  const captured = await gate.captured;
  gate.send();
  return captured;
}

/** The body of a captured answer, as text. */
function textOf(captured: Captured): string | undefined {
  return captured.kind === 'answer' ? Buffer.from(captured.answer.body).toString() : undefined;
}

describe('while it holds back', () => {
  it('lets nothing leave, and says of the response what is true of one that has left', async () => {
    const seen: unknown[] = [];
    let out = (): number | undefined => undefined;
    handler = (response) => {
      out = () => response.socket?.bytesWritten;
      const look = (): unknown => seen.push([response.headersSent, response.writableEnded]);
      look();
      response.writeHead(201, { 'Content-Type': 'text/plain' });
      look();
      response.write('a');
      response.end('b');
      look();
    };
    const came = ask();
    await arrived;
    const captured = await gate.captured;
    expect(captured).toEqual({
      kind: 'answer',
      answer: { status: 201, headers: [['content-type', 'text/plain']], body: Buffer.from('ab') },
    });
    expect(out()).toBe(0);
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ]);
    gate.send();
    expect(await came).toMatchObject({ status: 201, body: Buffer.from('ab'), headers: { 'x-middleware': 'stays' } });
  });

  it('refuses as Node does what comes after the head and after the end', async () => {
    const errors: unknown[] = [];
    const refused = (wrong: () => unknown): void => {
      try {
        wrong();
      } catch (error) {
        errors.push((error as { code?: string }).code);
      }
    };
    handler = (response) => {
      refused(() => response.write(7));
      refused(() => response.writeHead(200, { 'X-App': 'a\r\nb' }));
      response.writeHead(200, { 'Content-Length': 2 });
      refused(() => response.writeHead(500));
      refused(() => response.setHeader('Content-Length', 50));
      refused(() => response.removeHeader('X-Middleware'));
      response.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
      response.end('ok');
      refused(() => response.setHeader('Content-Length', 50));
      response.end();
      response.end('more');
    };
    const came = ask();
    expect(textOf(await captureAndSend())).toBe('ok');
    expect((await came).body.toString()).toBe('ok');
    const sent = 'ERR_HTTP_HEADERS_SENT';
    expect(errors).toEqual(['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_CHAR', sent, sent, sent, sent, 'ERR_STREAM_WRITE_AFTER_END']);
  });

  it('takes chunks over at once, so that a handler that waits for each of them goes on', async () => {
    handler = async (response) => {
      for (const word of ['one ', 'two ', 'three']) await new Promise((taken) => response.write(word, taken));
      response.end();
      await finished(response);
      return 'finished';
    };
    const came = ask();
    expect(textOf(await captureAndSend())).toBe('one two three');
    expect((await came).body.toString()).toBe('one two three');
    expect(await handled).toBe('finished');
  });

  it('keeps what memory held when it was written', async () => {
    handler = (response) => {
      const chunk = Buffer.from('before');
      response.write(chunk);
      chunk.fill('x');
      response.end();
    };
    const came = ask();
    expect(textOf(await captureAndSend())).toBe('before');
    expect((await came).body.toString()).toBe('before');
  });

  it('lets informational answers through', async () => {
    handler = async (response) => {
      await new Promise<void>((resolve) => response.writeEarlyHints({ link: '</a>; rel=preload' }, resolve));
      return response.headersSent;
    };
    const asked = get(origin(), { agent: false });
    asked.on('error', () => undefined);
    const [hints] = (await once(asked, 'information')) as [{ statusCode: number }];
    expect(hints.statusCode).toBe(103);
    expect(await handled).toBe(false);
    asked.destroy();
  });

  it('keeps no body of an answer that cannot have one', async () => {
    handler = (response) => {
      response.writeHead(204);
      response.end('dropped by Node');
    };
    const came = ask();
    expect(await captureAndSend()).toEqual({ kind: 'answer', answer: { status: 204, headers: [], body: Buffer.alloc(0) } });
    expect((await came).body).toHaveLength(0);
  });

  it('lets trailers reach the first client', async () => {
    handler = (response) => {
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.write('body');
      response.addTrailers({ 'X-Sum': '1' });
      response.end();
    };
    const came = ask();
    expect(await captureAndSend()).toEqual({ kind: 'answer', answer: { status: 200, headers: [], body: Buffer.from('body') } });
    expect((await came).trailers).toEqual({ 'x-sum': '1' });
  });

  it('is alone on its response', async () => {
    handler = (response) => {
      expect(() => Gate.on(response, limits)).toThrow('There is a gate on this response already.');
      response.end();
    };
    const came = ask();
    await captureAndSend();
    await came;
    await handled;
  });
});

describe('an answer over the limit', () => {
  it('of one piece is not kept, and leaves whole', async () => {
    const long = Buffer.alloc(1001, 'x');
    handler = (response) => response.writeHead(201).end(long);
    const came = ask();
    expect(await captureAndSend()).toEqual({ kind: 'too-large', status: 201 });
    expect((await came).body.equals(long)).toBe(true);
  });

  it('of the very size of the limit is kept', async () => {
    handler = (response) => response.end(Buffer.alloc(1000, 'x'));
    const came = ask();
    expect(await captureAndSend()).toMatchObject({ kind: 'answer' });
    await came;
  });

  it.each(['/', '/compressed'])('of a stream makes its source wait, and leaves whole (%s)', async (path) => {
    let read = 0;
    const source = Readable.from(
      (function* () {
        for (; read < 400; read++) yield Buffer.alloc(500, read % 256);
      })(),
      { highWaterMark: 1 },
    );
    handler = (response) => {
      response.setHeader('Content-Type', 'text/plain');
      source.pipe(response);
    };
    const came = ask(path, { 'accept-encoding': 'gzip' });
    await arrived;
    expect(await gate.captured).toEqual({ kind: 'too-large', status: 200 });
    await new Promise(setImmediate);
    expect(read).toBeLessThan(10);
    gate.send();
    const { body, headers } = await came;
    expect(headers['content-encoding']).toBe(path === '/' ? undefined : 'gzip');
    const whole = Buffer.concat(Array.from({ length: 400 }, (_, i) => Buffer.alloc(500, i % 256)));
    expect((path === '/' ? body : gunzipSync(body)).equals(whole)).toBe(true);
  });

  it('is every event stream, which flows as soon as it may', async () => {
    handler = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
      response.once('drain', () => response.end('data: 2\n\n'));
    };
    const came = ask();
    expect(await captureAndSend()).toEqual({ kind: 'too-large', status: 200 });
    expect((await came).body.toString()).toBe('data: 1\n\ndata: 2\n\n');
  });
});

describe('a broken answer', () => {
  it('is one whose source fails midway', async () => {
    const source = new PassThrough();
    source.on('error', () => undefined);
    handler = (response) => {
      source.pipe(response);
      source.write('half');
    };
    const came = ask().catch((error: unknown) => (error as NodeJS.ErrnoException).code);
    await arrived;
    source.destroy(new Error('disk gone'));
    expect(await gate.captured).toEqual({ kind: 'broken', status: 200 });
    server.closeAllConnections();
    expect(await came).toBe('ECONNRESET');
  });

  it('is one whose source fails and is ended all the same, as Nest 11 does', async () => {
    handler = (response) => {
      const source = new PassThrough();
      source.on('error', () => response.end());
      source.pipe(response);
      source.write('half');
      source.destroy(new Error('disk gone'));
    };
    const came = ask();
    expect(await captureAndSend()).toEqual({ kind: 'broken', status: 200 });
    await came;
  });

  it('is one that is not as long as it says', async () => {
    handler = (response) => response.writeHead(200, { 'Content-Length': 10 }).end('short');
    const came = ask().catch((error: unknown) => (error as NodeJS.ErrnoException).code);
    expect(await captureAndSend()).toEqual({ kind: 'broken', status: 200 });
    server.closeAllConnections();
    expect(await came).toBe('ECONNRESET');
  });

  it('is one that is destroyed after it began', async () => {
    handler = (response) => {
      response.write('half');
      response.destroy();
    };
    const came = ask().catch((error: unknown) => (error as NodeJS.ErrnoException).code);
    expect(await captureAndSend()).toEqual({ kind: 'broken', status: 200 });
    expect(await came).toBe('ECONNRESET');
  });
});

describe('when the client has left', () => {
  async function leave(): Promise<ServerResponse> {
    let response!: ServerResponse;
    handler = (its) => (response = its);
    const asked = get(origin(), { agent: false });
    asked.on('error', () => undefined);
    await arrived;
    const closed = once(response, 'close');
    asked.destroy();
    await closed;
    return response;
  }

  it('still takes a whole answer', async () => {
    const response = await leave();
    response.writeHead(201);
    response.write('a');
    response.end('b');
    expect(await captureAndSend()).toEqual({ kind: 'answer', answer: { status: 201, headers: [], body: Buffer.from('ab') } });
  });

  it('waits for an answer anew when the handler is tried once more', async () => {
    const response = await leave();
    gate.handlerBegan();
    gate.handlerEnded();
    gate.handlerBegan();
    // Its patience with the first try runs out.
    await new Promise((later) => setTimeout(later, 1.5 * PATIENCE_MS));
    response.end('second');
    expect(textOf(await captureAndSend())).toBe('second');
  });

  it('takes a stream for broken that nobody will end', async () => {
    const response = await leave();
    response.write('half');
    expect(await captureAndSend()).toEqual({ kind: 'broken', status: 200 });
  });

  it('takes a stream for broken that was on its way', async () => {
    handler = (response) => response.write('half');
    const asked = get(origin(), { agent: false });
    asked.on('error', () => undefined);
    await arrived;
    asked.destroy();
    expect(await gate.captured).toEqual({ kind: 'broken', status: 200 });
  });
});

describe('another answer', () => {
  it('leaves in the place of the one that was written', async () => {
    handler = (response) => {
      response.setHeader('Set-Cookie', 'sid=1');
      response.setHeader('ETag', '"of the first"');
      response.writeHead(201, 'Of the first', { 'X-App': 'first' });
      response.end('first');
    };
    const came = ask();
    await arrived;
    await gate.captured;
    gate.replace(kept, [['idempotency-replayed', 'true']]);
    const { status, headers, body } = await came;
    expect([status, body.toString()]).toEqual([202, 'kept']);
    const { date: _date, connection: _connection, ...rest } = headers;
    expect(rest).toEqual({
      'x-middleware': 'stays',
      'content-type': 'text/plain',
      link: '</a>, </b>',
      'content-length': '4',
      'idempotency-replayed': 'true',
    });
  });

  it('leaves before anything was written, and what is written then is dropped', async () => {
    handler = async (response, gate) => {
      gate.replace(kept);
      response.setHeader('X-App', 'late');
      response.writeHead(500);
      await new Promise((taken) => response.write('late', taken));
      await new Promise<void>((taken) => response.end('late', taken));
      return [response.headersSent, response.writableEnded, response.getHeader('X-App')];
    };
    const came = await ask();
    expect([came.status, came.body.toString(), came.headers['x-app']]).toEqual([202, 'kept', undefined]);
    expect(await handled).toEqual([true, true, undefined]);
  });

  it('tells those who wait for the one that was written that it is over', async () => {
    const told: string[] = [];
    handler = (response) => {
      response.write(Buffer.alloc(1001), () => told.push('taken'));
      response.end('first', () => told.push('finished'));
    };
    const came = ask();
    await arrived;
    await gate.captured;
    expect(told).toEqual([]);
    gate.replace(kept);
    await came;
    expect(told).toEqual(['taken', 'finished']);
  });

  it('wakes who was made to wait', async () => {
    handler = async (response) => {
      if (!response.write(Buffer.alloc(1001))) await once(response, 'drain');
      response.end();
      return 'woken';
    };
    const came = ask();
    await arrived;
    expect(await gate.captured).toEqual({ kind: 'too-large', status: 200 });
    gate.replace(kept);
    expect((await came).body.toString()).toBe('kept');
    expect(await handled).toBe('woken');
  });
});

it('leaves an ordinary response behind', async () => {
  handler = async (response, gate) => {
    response.write('held ');
    gate.send();
    response.setTimeout(0);
    const seen = [response.headersSent, response.writableEnded];
    response.end('passed');
    await finished(response);
    return [...seen, response.writableEnded];
  };
  expect((await ask()).body.toString()).toBe('held passed');
  expect(await handled).toEqual([true, false, true]);
});

it('sends the lengths and codings that the framework chose', async () => {
  handler = (response, _gate, request) => {
    if (request.url === '/whole') response.end('whole');
    else {
      response.write('in ');
      response.end('pieces');
    }
  };
  const whole = ask('/whole');
  await captureAndSend();
  expect((await whole).headers).toMatchObject({ 'content-length': '5' });
  arrived = new Promise((resolve) => server.once('request', () => setImmediate(resolve)));
  const pieces = ask('/pieces');
  await captureAndSend();
  expect((await pieces).headers).toMatchObject({ 'transfer-encoding': 'chunked' });
});

it('stays inside of compression, which sees what leaves', async () => {
  const text = 'compressible '.repeat(20);
  handler = (response) => {
    response.setHeader('Content-Type', 'text/plain');
    response.end(text);
  };
  const came = ask('/compressed', { 'accept-encoding': 'gzip' });
  expect(await captureAndSend()).toMatchObject({
    kind: 'answer',
    answer: { body: Buffer.from(text), headers: [['content-type', 'text/plain']] },
  });
  expect((await came).headers['content-encoding']).toBe('gzip');
});
