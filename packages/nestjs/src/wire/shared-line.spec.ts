/** Lines of Express responses: nothing on the response itself, and yet nobody gets around them. */
import { get, type IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Request, type Response } from 'express';
import { Gate } from './gate.js';
import { listedHeaders } from './listed-headers.js';

const limits = { maxBodyBytes: 1_000, keeps: listedHeaders() };

async function ask(app: Express, path = '/'): Promise<{ status: number; text: string }> {
  const server = app.listen(0);
  try {
    await once(server, 'listening');
    const request = get({ port: (server.address() as AddressInfo).port, path, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode ?? 0, text };
  } finally {
    server.close();
  }
}

/** What the client got from a response whose answer was captured, and what was captured. */
async function through(
  write: (response: Response, request: Request) => void,
  { mounted = false, own = false } = {},
): Promise<{ sent: string; captured: string; ownNames: string[]; headersSent: boolean }> {
  const app = express();
  const seen = { captured: '', ownNames: [] as string[], headersSent: true };
  const inner = mounted ? express() : app;
  if (own) {
    app.use((_request, response, next) => {
      const end = response.end.bind(response);
      response.end = ((chunk: string) => end(`<${chunk}>`)) as typeof response.end;
      next();
    });
  }
  inner.get('/', (request, response, next) => {
    const gate = Gate.on(response, limits);
    if (mounted) next();
    else write(response, request);
    seen.ownNames = ['end', 'write', 'headersSent'].filter((name) => Object.hasOwn(response, name));
    void gate.captured.then((captured) => {
      seen.captured = captured.kind === 'answer' ? Buffer.from(captured.answer.body).toString() : captured.kind;
      seen.headersSent = (response as unknown as { _header: string | null })._header !== null;
      gate.send();
    });
  });
  if (mounted) {
    app.use(inner);
    app.get('/', (request, response) => {
      write(response, request);
    });
  }
  const { text } = await ask(app);
  return { sent: text, ...seen };
}

describe('a line on an Express response', () => {
  it('puts nothing on the response, and holds it back', async () => {
    const seen = await through((response) => response.send('a'));
    expect(seen).toEqual({ sent: 'a', captured: 'a', ownNames: [], headersSent: false });
  });

  it('holds back what is written through a Proxy of the response, or an object made from it', async () => {
    const proxied = await through((response) => new Proxy(response, {}).send('a'));
    const derived = await through((response) => (Object.create(response) as Response).end('a'));
    expect([proxied.captured, proxied.headersSent]).toEqual(['a', false]);
    expect([derived.captured, derived.headersSent]).toEqual(['a', false]);
  });

  it('leaves a second response to the same request alone', async () => {
    const seen = await through((response, request) => {
      const second = Object.setPrototypeOf(new ServerResponse(request), Object.getPrototypeOf(response) as object) as Response;
      second.end('second');
      expect(second.headersSent).toBe(true);
      expect(response.headersSent).toBe(false);
      response.end('first');
    });
    expect(seen).toMatchObject({ sent: 'first', captured: 'first' });
  });

  it('stays on a response that leaves a mounted application for its parent', async () => {
    const seen = await through((response) => response.send('from the parent'), { mounted: true });
    expect(seen).toMatchObject({ sent: 'from the parent', captured: 'from the parent', headersSent: false });
  });

  it('stands on the response itself, inside of a middleware that has put methods there', async () => {
    const seen = await through((response) => response.status(200).end('a'), { own: true });
    expect(seen).toMatchObject({
      sent: '<a>',
      captured: 'a',
      ownNames: ['end', 'write', 'headersSent'],
      headersSent: false,
    });
  });

  it('leaves a response of its own to an Express whose prototype is frozen', async () => {
    const app = express();
    const prototype = Object.create(ServerResponse.prototype) as Response;
    Object.setPrototypeOf(app.response, Object.freeze(prototype));
    app.get('/', (_request, response) => {
      const gate = Gate.on(response, limits);
      response.end('a');
      expect(Object.hasOwn(response, 'end')).toBe(true);
      gate.send();
    });
    expect(await ask(app)).toEqual({ status: 200, text: 'a' });
  });

  it('makes the ways to answer void once another answer was sent', async () => {
    const app = express();
    app.get('/', (_request, response) => {
      const gate = Gate.on(response, limits);
      gate.replace({ status: 409, headers: [], body: Buffer.from('other') });
      expect(response.status(201).json({})).toBe(response);
      expect(response.statusCode).toBe(409);
    });
    expect(await ask(app)).toEqual({ status: 409, text: 'other' });
  });

  it('lets a kept answer leave whole through a middleware that goes on later, also after other responses had lines', async () => {
    const app = express();
    app.use('/later', (_request, response, next) => {
      const end = response.end.bind(response);
      response.end = ((chunk: Buffer) => void setTimeout(() => end(chunk), 5)) as never;
      next();
    });
    app.use((_request, response) => {
      const gate = Gate.on(response, limits);
      gate.replace({ status: 409, headers: [], body: Buffer.from('kept') });
      response.status(201).json({});
    });
    expect(await ask(app)).toEqual({ status: 409, text: 'kept' });
    expect(await ask(app, '/later')).toEqual({ status: 409, text: 'kept' });
  });
});
