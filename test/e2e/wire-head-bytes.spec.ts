/** Characters beyond ASCII in a head: Node sends them as UTF-8 or as Latin-1 by how the head was said, and the replay sends what the first answer did. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Controller, Post, Res, StreamableFile } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { IdempotencyKey } from 'nestjs-idempotency';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeAll, run, type Running } from './running.js';
import { PLATFORMS } from './serve.js';

type Reply = ServerResponse & {
  readonly raw?: ServerResponse;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
};

const DISPOSITION = 'attachment; filename="é.txt"';

/** What a proxy would put there: the bytes of UTF-8, each as a character. */
const IN_BYTES = Buffer.from('é').toString('latin1');

function named(reply: Reply): ServerResponse {
  reply.header('X-Name', 'é').header('X-Bytes', IN_BYTES).header('Content-Disposition', DISPOSITION);
  const raw = reply.raw ?? reply;
  // The framework does not put it there for one who answers past it.
  for (const [name, value] of [
    ['X-Name', 'é'],
    ['X-Bytes', IN_BYTES],
    ['Content-Disposition', DISPOSITION],
  ] as const)
    raw.setHeader(name, value);
  return raw;
}

@Controller()
class BytesController {
  @Post('object') @IdempotencyKey() object(@Res({ passthrough: true }) reply: Reply): unknown {
    named(reply);
    return { name: 'é' };
  }

  @Post('text') @IdempotencyKey() text(@Res({ passthrough: true }) reply: Reply): unknown {
    named(reply);
    return 'é';
  }

  @Post('file') @IdempotencyKey() file(@Res({ passthrough: true }) reply: Reply): unknown {
    named(reply);
    return new StreamableFile(Buffer.from('é'), { disposition: DISPOSITION, length: 2 });
  }

  @Post('bytes') @IdempotencyKey() bytes(@Res() reply: Reply): void {
    named(reply);
    reply.send(Buffer.from('é'));
  }

  @Post('head-and-text') @IdempotencyKey() headAndText(@Res() reply: Reply): void {
    named(reply).writeHead(200, { 'X-Own': 'é' }).end('é');
  }

  @Post('head-and-bytes') @IdempotencyKey() headAndBytes(@Res() reply: Reply): void {
    named(reply).writeHead(200, { 'X-Own': 'é' }).end(Buffer.from('é'));
  }

  @Post('end-of-text') @IdempotencyKey() endOfText(@Res() reply: Reply): void {
    named(reply).end('é');
  }

  @Post('end-of-latin') @IdempotencyKey() endOfLatin(@Res() reply: Reply): void {
    named(reply).end('é', 'latin1');
  }

  @Post('flushed') @IdempotencyKey() flushed(@Res() reply: Reply): void {
    const raw = named(reply);
    raw.flushHeaders();
    raw.end(Buffer.from('é'));
  }

  @Post('written') @IdempotencyKey() written(@Res() reply: Reply): void {
    const raw = named(reply);
    raw.write('é');
    raw.end('é');
  }

  @Post('nothing') @IdempotencyKey() nothing(@Res() reply: Reply): void {
    named(reply).end();
  }
}

const LINES = ['x-name', 'x-bytes', 'x-own', 'content-disposition', 'x-middleware'];

/** The lines of an answer's head that are looked at, by their bytes. */
async function linesOf(port: number, path: string, key: string): Promise<{ lines: Record<string, string>; isReplay: boolean }> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.end(`POST /${path} HTTP/1.1\r\nHost: a\r\nIdempotency-Key: "${key}"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const [head = ''] = Buffer.concat(chunks).toString('latin1').split('\r\n\r\n');
  const pairs = head.split('\r\n').map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), Buffer.from(line.slice(at + 2), 'latin1').toString('hex')];
  });
  return {
    lines: Object.fromEntries(pairs.filter(([name]) => LINES.includes(name))),
    isReplay: pairs.some(([name]) => name === 'idempotency-replayed'),
  };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let running: Running;

  beforeAll(async () => {
    const prepare = (app: INestApplication): void => {
      app.use((_: unknown, response: ServerResponse, next: () => void) => {
        response.setHeader('X-Middleware', 'é');
        next();
      });
    };
    running = await run(platform, { profile: 'ietf' }, { controllers: [BytesController], prepare });
  });

  afterAll(closeAll);

  it.each([
    'object',
    'text',
    'file',
    'bytes',
    'head-and-text',
    'head-and-bytes',
    'end-of-text',
    'end-of-latin',
    'flushed',
    'written',
    'nothing',
  ])('a replay of %s has the bytes of the first head', async (path) => {
    const key = randomUUID();
    const first = await linesOf(running.port, path, key);
    const second = await linesOf(running.port, path, key);
    expect([first.isReplay, second.isReplay]).toEqual([false, true]);
    expect(first.lines['x-name']).toMatch(/^(e9|c3a9)$/);
    expect(second.lines).toEqual(first.lines);
  });
});
