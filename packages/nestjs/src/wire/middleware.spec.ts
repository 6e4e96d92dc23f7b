/** A gate between a framework and middleware that does what middleware should not, on real sockets. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2, type Http2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import compression from 'compression';
import { listedHeaders } from './listed-headers.js';
import { UnsendableAnswerError } from './fit.js';
import { Gate } from './gate.js';

const limits = { maxBodyBytes: 1_000, keeps: listedHeaders() };
const KEPT = { status: 202, headers: [['content-type', 'text/plain'] as const], body: Buffer.from('kept body') };

type Methods = Record<'end' | 'write' | 'writeHead' | 'flushHeaders', (...args: unknown[]) => unknown>;
type Wrap = (response: ServerResponse & Methods, request: IncomingMessage) => void;
type Handle = (response: ServerResponse, gate: Gate) => unknown;

let server: Server;
let wrap: Wrap;
let handle: Handle;
let gates: Gate[];

beforeEach(async () => {
  gates = [];
  server = createServer((request, response) => {
    wrap(response as never, request);
    const gate = Gate.on(response, limits);
    gates.push(gate);
    void handle(response, gate);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** All that comes for two requests in a row on one connection, or until it breaks. */
async function ask(times = 1, accept = ''): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  let came = '';
  let error: NodeJS.ErrnoException | undefined;
  socket.on('data', (text: string) => (came += text));
  socket.on('error', (its) => (error = its));
  for (let i = 0; i < times; i++) {
    const last = i === times - 1 ? 'Connection: close\r\n' : '';
    socket.write(`POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n${accept}${last}\r\n`);
  }
  await once(socket, 'close');
  return error === undefined ? came : `${came}${error.code ?? ''}`;
}

/** Answers of one connection, each with its status and its body. */
function answers(came: string): [status: number, body: string][] {
  return came
    .split(/(?=HTTP\/1\.1 )/)
    .filter((one) => one !== '')
    .map((one) => {
      const [head = '', ...body] = one.split('\r\n\r\n');
      const text = body.join('\r\n\r\n');
      const chunked = /transfer-encoding: chunked/i.test(head);
      return [Number(head.split(' ')[1]), chunked ? text.replace(/[0-9a-f]+\r\n|\r\n/g, '') : text];
    });
}

const replaced: Handle = (_response, gate) => {
  gate.replace(KEPT);
};

/** The framework speaks on after the answer was replaced. */
const replacedAndSaidAgain: Handle = (response, gate) => {
  gate.replace(KEPT);
  response.end('another answer');
  setTimeout(() => response.end('and one more'), 5);
};

const MIDDLEWARE: Readonly<Record<string, Wrap>> = {
  'whose end goes on from a timer': (response) => {
    const end = response.end.bind(response);
    response.end = ((...args: unknown[]) => void setTimeout(() => end(...args), 10)) as never;
  },
  'whose end writes all but the last byte at once and ends later, as sessions do': (response) => {
    const { end, write } = response;
    response.end = ((body: Buffer | string) => {
      const chunk = Buffer.from(body as string);
      write.call(response, chunk.subarray(0, chunk.length - 1));
      setTimeout(() => end.call(response, chunk.subarray(chunk.length - 1)), 10);
    }) as never;
  },
  'whose end goes on twice': (response) => {
    const end = response.end.bind(response);
    response.end = ((...args: unknown[]) => {
      setTimeout(() => end(...args), 5);
      setTimeout(() => end(...args), 10);
    }) as never;
  },
  'whose later calls overtake the earlier ones': (response) => {
    const end = response.end.bind(response);
    let ms = 30;
    response.end = ((...args: unknown[]) => void setTimeout(() => end(...args), (ms -= 12))) as never;
  },
  'that puts the original back and calls it': (response) => {
    const { end } = response;
    response.end = ((...args: unknown[]) => {
      setTimeout(() => {
        response.end = end;
        response.end(...args);
      }, 10);
    }) as never;
  },
  'that writes the head itself, later': (response) => {
    const end = response.end.bind(response);
    response.end = ((...args: unknown[]) => {
      setTimeout(() => {
        response.writeHead(response.statusCode);
        end(...args);
      }, 10);
    }) as never;
  },
  'that flushes the head, later': (response) => {
    const end = response.end.bind(response);
    response.end = ((...args: unknown[]) => {
      setTimeout(() => {
        response.flushHeaders();
        end(...args);
      }, 10);
    }) as never;
  },
};

describe.each(Object.entries(MIDDLEWARE))('a middleware %s', (_name, its) => {
  it.each([
    ['is silent', replaced],
    ['says more', replacedAndSaidAgain],
  ])('sends the kept answer whole, with its head, while the framework %s', async (_framework, says) => {
    wrap = its;
    handle = says;
    const came = await ask(2);
    expect(answers(came)).toEqual([
      [202, 'kept body'],
      [202, 'kept body'],
    ]);
    expect(came.match(/content-type: text\/plain/gi)).toHaveLength(2);
  });

  it('sends a first answer as the handler gave it', async () => {
    wrap = its;
    handle = async (response, gate) => {
      response.statusCode = 201;
      response.end('first');
      await gate.captured;
      gate.send();
    };
    expect(answers(await ask(2))).toEqual([
      [201, 'first'],
      [201, 'first'],
    ]);
  });
});

it('a middleware that sets headers before it goes on, later, sends them with a kept answer', async () => {
  wrap = (response) => {
    const end = response.end.bind(response);
    response.end = ((...args: unknown[]) => {
      setTimeout(() => {
        response.setHeader('X-Signature', 'abc');
        end(...args);
      }, 10);
    }) as never;
  };
  handle = replaced;
  expect(await ask()).toMatch(/X-Signature: abc[^]*kept body$/);
});

it.each([
  ['calls on later', 10],
  ['never calls on', undefined],
])('a middleware whose writeHead %s cuts the connection, and sends no body without a head', async (_name, afterMs) => {
  wrap = (response) => {
    const writeHead = response.writeHead.bind(response);
    response.writeHead = (...args: unknown[]) => {
      if (afterMs !== undefined) setTimeout(() => writeHead(...args), afterMs);
      return response;
    };
  };
  handle = replaced;
  expect((await ask()).replace('ECONNRESET', '')).toBe('');
  await sleep(20);
});

it('a middleware whose writeHead calls on twice cuts the connection', async () => {
  wrap = (response) => {
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((...args: unknown[]) => {
      writeHead(...args);
      return writeHead(...args);
    }) as never;
  };
  handle = replaced;
  expect(await ask()).not.toContain('kept body');
});

it('a middleware whose end never calls on leaves the client waiting, and nothing behind when it has left', async () => {
  wrap = (response) => {
    response.end = (() => undefined) as never;
  };
  const left = new Promise<void>((resolve) => {
    handle = (response, gate) => {
      gate.replace(KEPT);
      response.once('close', () => {
        resolve();
      });
    };
  });
  const came = ask();
  await sleep(20);
  server.closeAllConnections();
  await left;
  expect(answers(await came).map(([, body]) => body)).not.toContain('kept body');
});

it('compression below a middleware that goes on later still compresses a kept answer', async () => {
  wrap = (response, request) => {
    compression({ threshold: 1 })(request as never, response as never, () => undefined);
    MIDDLEWARE['whose end goes on from a timer']?.(response, request);
  };
  handle = replaced;
  expect(await ask(1, 'Accept-Encoding: gzip\r\n')).toMatch(/^HTTP\/1.1 202[^]*Content-Encoding: gzip/);
});

describe('a head that begins', () => {
  it('is fixed: who sets the status later is as late as without us', async () => {
    wrap = () => undefined;
    handle = async (response, gate) => {
      response.statusCode = 207;
      response.statusMessage = 'Fine';
      response.write('x');
      response.statusCode = 500;
      response.statusMessage = 'Bad';
      response.end('y');
      const captured = await gate.captured;
      expect(captured).toMatchObject({ kind: 'answer', answer: { status: 207 } });
      gate.send();
    };
    const came = await ask();
    expect(came).toMatch(/^HTTP\/1.1 207 Fine\r\n/);
    expect(answers(came)).toEqual([[207, 'xy']]);
  });
});

describe('a middleware that has sent the head before the handler', () => {
  const FLUSHED: Readonly<Record<string, Wrap>> = {
    flushHeaders: (response) => response.flushHeaders(),
    writeHead: (response) => void response.writeHead(200, { 'content-type': 'text/plain' }),
    write: (response) => void response.write('before '),
  };

  it.each(Object.entries(FLUSHED))('by %s sends what a handler writes by itself, which is the answer', async (how, its) => {
    wrap = its;
    handle = async (response, gate) => {
      expect(response.headersSent).toBe(true);
      expect(() => response.setHeader('X-App', 'late')).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }));
      expect(() => response.writeHead(500)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }));
      response.end('body');
      const captured = await gate.captured;
      expect(captured).toMatchObject({ kind: 'answer', answer: { status: 200, body: Buffer.from('body') } });
      gate.send();
    };
    expect(answers(await ask())).toEqual([[200, how === 'write' ? 'before body' : 'body']]);
  });

  it.each(Object.keys(FLUSHED))('by %s sends the body of a kept answer under that very head', async (how) => {
    wrap = FLUSHED[how] as Wrap;
    handle = (_response, gate) => {
      gate.replace({ ...KEPT, status: 200 });
    };
    expect(answers(await ask())).toEqual([[200, how === 'write' ? 'before kept body' : 'kept body']]);
  });

  it('never lets another answer pass for a success: the connection is cut', async () => {
    wrap = (response) => response.flushHeaders();
    handle = (_response, gate) => {
      gate.replace({ status: 503, headers: [], body: Buffer.from('not carried out') });
    };
    const came = await ask();
    expect(came).not.toContain('not carried out');
    expect(came).not.toContain('\r\n0\r\n');
  });

  it('and the whole answer leaves the handler without one: nothing was written', async () => {
    wrap = (response) => void response.writeHead(503).end('busy');
    handle = async (response, gate) => {
      expect([response.headersSent, response.writableEnded]).toEqual([true, true]);
      expect(await gate.captured).toEqual({ kind: 'nothing', status: 503 });
      gate.replace(KEPT);
      gate.send();
    };
    expect(answers(await ask())).toEqual([[503, 'busy']]);
  });
});

describe('who waits in a handler for its own answer is let go before it leaves', () => {
  const WAITS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
    pipeline: (response) => pipeline(Readable.from(['x']), response),
    'the callback of end': (response) => new Promise<void>((taken) => response.end('x', taken)),
    'the callback of a write': async (response) => {
      await new Promise((taken) => response.write('x', taken));
      response.end();
    },
    finish: async (response) => {
      response.end('x');
      await once(response, 'finish');
    },
    'finish, asked for a moment later': async (response) => {
      response.end('x');
      await sleep(5);
      await once(response, 'finish');
    },
    'finished()': async (response) => {
      response.end('x');
      await finished(response);
    },
    'finish, asked for before': async (response) => {
      const told = once(response, 'finish');
      response.end('x');
      await told;
    },
  };

  it.each(Object.entries(WAITS))('%s', async (_name, wait) => {
    const heard: string[] = [];
    wrap = (response) => response.on('finish', () => heard.push('below'));
    let over: Promise<unknown> = Promise.resolve();
    handle = (response, gate) => {
      response.on('finish', () => heard.push('above'));
      gate.handlerBegan();
      over = (async () => {
        await wait(response);
        expect(heard).not.toContain('below');
        gate.handlerEnded();
        expect(await gate.captured).toMatchObject({ kind: 'answer', answer: { body: Buffer.from('x') } });
        gate.send();
        await once(response, 'close');
        return heard;
      })();
    };
    expect(answers(await ask())).toEqual([[200, 'x']]);
    expect(((await over) as string[]).sort()).toEqual(['above', 'below']);
  });
});

describe('a client that has left before the gate is put on', () => {
  async function gone(): Promise<{ response: ServerResponse; gate: Gate }> {
    wrap = () => undefined;
    const there = new Promise<ServerResponse>((resolve) => {
      server.removeAllListeners('request');
      server.once('request', (_request, response) => {
        response.once('close', () => {
          resolve(response);
        });
        socket.destroy();
      });
    });
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n');
    const response = await there;
    return { response, gate: Gate.on(response, limits) };
  }

  it('is told of as nothing written, when nobody writes once the handler is over', async () => {
    const { gate } = await gone();
    gate.handlerBegan();
    gate.handlerEnded();
    expect(await gate.captured).toEqual({ kind: 'nothing', status: 200 });
  });

  it('still has a whole answer captured', async () => {
    const { response, gate } = await gone();
    gate.handlerBegan();
    gate.handlerEnded();
    response.writeHead(201).end('whole');
    expect(await gate.captured).toMatchObject({ kind: 'answer', answer: { status: 201 } });
    gate.send();
  });

  it('is told of as broken, when a stream is begun that nobody will end', async () => {
    const { response, gate } = await gone();
    response.write('half');
    expect(await gate.captured).toEqual({ kind: 'broken', status: 200 });
  });

  it('hangs nobody on an answer that is replaced', async () => {
    const { gate } = await gone();
    gate.replace(KEPT);
    expect(gate.ended).toBe(false);
  });

  it('and one that leaves after the handler and before its answer are told of alike', async () => {
    wrap = () => undefined;
    handle = (_response, gate) => {
      gate.handlerBegan();
      gate.handlerEnded();
    };
    const came = ask();
    while (gates.length === 0) await sleep(1);
    server.closeAllConnections();
    expect(await gates[0]?.captured).toEqual({ kind: 'nothing', status: 200 });
    await came;
  });
});

describe('headers that the handler set', () => {
  it('are kept, and those of others and of one response are not', async () => {
    wrap = (response) => {
      response.setHeader('X-Middleware', 'one');
      response.setHeader('X-Both', 'middleware');
    };
    handle = async (response, gate) => {
      response.setHeader('X-Guard', 'one');
      gate.handlerBegan();
      response.setHeader('X-Total-Count', 3);
      response.setHeader('X-Both', 'handler');
      response.setHeader('X-Many', ['a', 'b']);
      for (const name of ['Set-Cookie', 'X-Request-Id', 'RateLimit', 'Server-Timing', 'Upgrade']) response.setHeader(name, 'one');
      gate.handlerEnded();
      response.setHeader('X-Outside', 'one');
      const own = [
        ['x-both', 'handler'],
        ['x-total-count', '3'],
        ['x-many', 'a'],
        ['x-many', 'b'],
      ];
      expect(gate.headersOfHandler()).toEqual({ headers: own });
      response.end('x');
      expect(await gate.captured).toMatchObject({ answer: { headers: own } });
      gate.send();
    };
    expect(answers(await ask())).toEqual([[200, 'x']]);
  });

  it('and give to writeHead when it answers by itself are kept, as those of its last run are', async () => {
    wrap = (response) => response.setHeader('X-Middleware', 'one');
    handle = async (response, gate) => {
      gate.handlerBegan();
      response.setHeader('X-First-Run', '1');
      gate.handlerEnded();
      gate.handlerBegan();
      response.writeHead(200, { 'X-Given': '2', Connection: 'close', Date: 'now' });
      response.end('x');
      gate.handlerEnded();
      expect(await gate.captured).toMatchObject({
        answer: {
          headers: [
            ['x-first-run', '1'],
            ['x-given', '2'],
          ],
        },
      });
      gate.send();
    };
    expect(answers(await ask())).toEqual([[200, 'x']]);
  });

  it('leave with the answer it gave, and not with one that is put in its place', async () => {
    wrap = (response) => response.setHeader('X-Middleware', 'one');
    handle = async (response, gate) => {
      gate.handlerBegan();
      response.setHeader('X-Middleware', 'two');
      response.setHeader('X-Handler', 'two');
      gate.handlerEnded();
      response.end('x');
      await gate.captured;
      gate.replace(KEPT);
    };
    const came = await ask();
    expect(came).toMatch(/X-Middleware: one\r\n/i);
    expect(came).not.toMatch(/X-Handler/i);
  });
});

describe('a kept answer that was changed', () => {
  it.each([
    ['a header that ends the head', { ...KEPT, headers: [['x-app', 'a\r\n\r\nHTTP/1.1 200 OK']] as const }],
    ['a name that no header has', { ...KEPT, headers: [['x app', 'a']] as const }],
    ['a status that says that more will come', { ...KEPT, status: 103 }],
    ['no status', { ...KEPT, status: Number.NaN }],
    ['a status beyond all', { ...KEPT, status: 1_000 }],
  ])('so that it has %s is refused before anything has left', async (_name, changed) => {
    wrap = () => undefined;
    handle = (_response, gate) => {
      expect(() => {
        gate.replace(changed);
      }).toThrow(UnsendableAnswerError);
      gate.replace(KEPT);
    };
    expect(answers(await ask())).toEqual([[202, 'kept body']]);
  });

  it('frames itself by its bytes, whatever it says of them', async () => {
    wrap = (response) => response.setHeader('Transfer-Encoding', 'chunked');
    handle = (_response, gate) => {
      const headers = [
        ['content-length', '1'],
        ['Content-Length', '99'],
        ['transfer-encoding', 'chunked'],
        ['set-cookie', 'sid=1'],
        ['connection', 'keep-alive'],
        ['content-type', 'text/plain'],
      ] as const;
      gate.replace({ ...KEPT, headers });
    };
    const came = await ask();
    expect(came).toMatch(/^HTTP\/1.1 202/);
    expect(came.match(/content-length: /gi)).toHaveLength(1);
    expect(came).toMatch(/content-length: 9\r\n/i);
    expect(came).not.toMatch(/transfer-encoding|set-cookie|keep-alive/i);
    expect(came).toMatch(/\r\n\r\nkept body$/);
  });
});

describe('over HTTP/2', () => {
  let http2: Http2Server;

  afterEach(() => {
    http2.close();
  });

  async function over(deferred: boolean, its: (response: ServerResponse, gate: Gate) => unknown): Promise<[number, string]> {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    http2 = createHttp2((_request, compat) => {
      const response = compat as unknown as ServerResponse & Methods;
      if (deferred) MIDDLEWARE['whose end goes on from a timer']?.(response, undefined as never);
      void its(response, Gate.on(response, limits));
    });
    http2.listen(0, '127.0.0.1');
    await once(http2, 'listening');
    const client = connectHttp2(`http://127.0.0.1:${(http2.address() as AddressInfo).port}`);
    const stream = client.request({ ':method': 'POST', ':path': '/' });
    stream.end();
    const [headers] = (await once(stream, 'response')) as [Record<string, number>];
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    client.close();
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
    return [headers[':status'] ?? 0, text];
  }

  it.each([false, true])(
    'answers leave, and kept ones in their place, through a middleware that goes on later: %s',
    async (deferred) => {
      const first = await over(deferred, async (response, gate) => {
        response.writeHead(201);
        response.end('first');
        await gate.captured;
        gate.send();
      });
      http2.close();
      const kept = await over(deferred, (_response, gate) => {
        gate.replace(KEPT);
      });
      expect([first, kept]).toEqual([
        [201, 'first'],
        [202, 'kept body'],
      ]);
    },
  );
});
