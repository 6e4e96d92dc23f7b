/** Applications around the wire: hooks, filters, interceptors and headers of their own, on both platforms. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  type CallHandler,
  type ExecutionContext,
  Header,
  HttpException,
  Inject,
  Injectable,
  type NestInterceptor,
  Post,
  Res,
  StreamableFile,
  UseFilters,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { IdempotencyException } from 'nestjs-idempotency';
import { type Observable, tap } from 'rxjs';
import { isSent } from './nest.js';
import { ask, type Seen, valuesOf } from './wire/ask.js';
import { Log, PLATFORMS, start, type Running } from './wire/platforms.js';
import { shop } from './wire/shop.js';

interface Reply {
  header(name: string, value: unknown): Reply;
  status(status: number): Reply;
  send(body: unknown): unknown;
}

const LONG = gzipSync(Buffer.alloc(2_000_000, 'a'));
const messages: string[] = [];
const told: string[] = [];

/** Says something of its own where an idempotency key was refused. */
@Catch(IdempotencyException)
class OwnWords implements ExceptionFilter {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(exception: IdempotencyException, host: ArgumentsHost): void {
    messages.push(exception.message);
    const response = host.switchToHttp().getResponse<object>();
    this.host.httpAdapter.reply(response, { statusCode: exception.getStatus(), path: '/own' }, exception.getStatus());
  }
}

/** Adds a member to our problem. */
@Catch(IdempotencyException)
class MoreWords implements ExceptionFilter {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(exception: IdempotencyException, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<object>();
    const body = { instance: '/more', ...(exception.getResponse() as object) };
    this.host.httpAdapter.reply(response, body, exception.getStatus());
  }
}

@Injectable()
class Audit implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const error = (thrown: unknown) => told.push(`error ${thrown instanceof HttpException ? thrown.getStatus() : 'strange'}`);
    return next.handle().pipe(tap({ next: (value) => told.push(`value ${JSON.stringify(value)}`), error }));
  }
}

@Controller()
class FaultsController {
  @Post('list')
  @Header('X-Declared', 'yes')
  list(@Res({ passthrough: true }) response: Reply): unknown {
    response.header('X-Total-Count', '3').header('X-Hook', 'of the handler').header('X-Request-Id', 'r1');
    return [1, 2, 3];
  }

  @Post('by-itself') byItself(@Res() response: Reply): void {
    response.status(202).header('X-Total-Count', '3').send({ a: 1 });
  }

  @Post('web') web(): Response {
    return new Response('a', { headers: { 'x-total-count': '7', 'set-cookie': 'sid=1' } });
  }

  @Post('long') long(@Res({ passthrough: true }) response: Reply): StreamableFile {
    response.header('Content-Encoding', 'gzip').header('Content-Type', 'text/plain');
    return new StreamableFile(LONG);
  }

  @Post('short') short(@Res({ passthrough: true }) response: Reply): StreamableFile {
    response.header('Content-Encoding', 'br').header('Content-Type', 'text/plain');
    response.header('ETag', '"v1"').header('Content-Digest', 'sha-256=:AA==:');
    return new StreamableFile(brotliCompressSync('short'));
  }

  @Post('paid') paid(): unknown {
    throw new HttpException({ code: 'card-declined' }, 402);
  }

  @Post('own') @UseFilters(OwnWords) own(): number {
    return 1;
  }

  @Post('more') @UseFilters(MoreWords) more(): number {
    return 1;
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let running: Running;
  let classic: Running;

  beforeAll(async () => {
    running = await start(platform, shop(FaultsController, { profile: 'ietf', maxBodyBytes: 1_000_000 }, Audit));
    classic = await start(platform, shop(FaultsController, { profile: 'classic', conflictStatus: 409 }, Audit));
  });

  afterAll(async () => {
    await running.close();
    await classic.close();
  });

  afterEach(() => {
    told.length = 0;
    running.log.lines.length = 0;
  });

  async function twice(path: string, first: Record<string, string> = {}, second = first): Promise<[Seen, Seen]> {
    const key = { 'idempotency-key': randomUUID() };
    return [
      await ask(`${running.url}/${path}`, { ...key, ...first }),
      await ask(`${running.url}/${path}`, { ...key, ...second }),
    ];
  }

  const setting: [string, string[]][] = [
    ['list', ['x-total-count', 'x-declared', 'x-hook']],
    ['web', ['x-total-count']],
  ];
  it.each(setting.filter(([path]) => isSent(path, platform)))(
    'headers that the handler of %s set come back',
    async (path, names) => {
      const [first, second] = await twice(path);
      expect(second.body.equals(first.body)).toBe(true);
      for (const name of names) {
        expect(valuesOf(first, name)).toHaveLength(1);
        expect(valuesOf(second, name)).toEqual(valuesOf(first, name));
      }
      expect(valuesOf(second, 'x-request-id')).toEqual([]);
      expect(valuesOf(second, 'set-cookie')).toEqual([]);
    },
  );

  it('an encoded answer that would be longer than any that is kept comes back as it left', async () => {
    const [first, second] = await twice('long', {}, { 'accept-encoding': 'identity' });
    expect(second.body.equals(first.body)).toBe(true);
    expect(valuesOf(second, 'content-encoding')).toEqual(['gzip']);
  });

  it('an encoded answer that is decoded says nothing of bytes that it has no more', async () => {
    const [, second] = await twice('short', {}, { 'accept-encoding': 'gzip' });
    expect(second.body.toString()).toBe('short');
    expect(valuesOf(second, 'content-encoding')).toEqual([]);
    expect(valuesOf(second, 'content-digest')).toEqual([]);
    expect(valuesOf(second, 'etag')).toEqual(['W/"v1"']);
    expect(valuesOf(second, 'vary').join()).toContain('Accept-Encoding');
  });

  it('a refusal is a problem by its headers where its body is one, without a word in the log', async () => {
    const seen = await ask(`${running.url}/list`);
    expect([seen.status, valuesOf(seen, 'content-type'), valuesOf(seen, 'content-language')]).toEqual([
      400,
      ['application/problem+json'],
      ['en'],
    ]);
    expect(valuesOf(seen, 'link').join()).toContain('describedby');
    expect(running.log.lines).toEqual([]);
  });

  it('a filter that adds to the problem still sends one', async () => {
    const seen = await ask(`${running.url}/more`);
    expect(JSON.parse(seen.body.toString())).toMatchObject({ instance: '/more', reason: 'key-missing' });
    expect(valuesOf(seen, 'content-type')).toEqual(['application/problem+json']);
  });

  it('a filter that says something else sends that, and is told what happened', async () => {
    messages.length = 0;
    const seen = await ask(`${running.url}/own`);
    expect(seen.body.toString()).toBe('{"statusCode":400,"path":"/own"}');
    expect(valuesOf(seen, 'content-type')[0]).toMatch(/^application\/json/);
    expect([...valuesOf(seen, 'link'), ...valuesOf(seen, 'content-language')]).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('it requires correct usage of the idempotency key header')]);
  });

  it('a replayed error is an error to those outside, and nobody logs it', async () => {
    const [first, second] = await twice('paid');
    expect([first.status, second.status]).toEqual([402, 402]);
    expect(second.body.equals(first.body)).toBe(true);
    expect(told).toEqual(['error 402', 'error 402']);
    expect(running.log.lines).toEqual([]);
  });

  it('a kept success is a value to those outside, also where its replay answers 409', async () => {
    const key = { 'idempotency-key': randomUUID() };
    await ask(`${classic.url}/list`, key);
    expect((await ask(`${classic.url}/list`, key)).status).toBe(409);
    expect(told).toEqual(['value [1,2,3]', 'value [1,2,3]']);
  });
});

describe('hooks of Fastify', () => {
  let running: Running;
  let sent: (reply: Reply, payload: unknown) => unknown;
  let responses: number;

  beforeAll(async () => {
    const adapter = new FastifyAdapter();
    const log = new Log();
    const app = await NestFactory.create<NestFastifyApplication>(shop(FaultsController, { profile: 'ietf' }, Audit), adapter, {
      logger: log,
    });
    adapter.getInstance().addHook('onSend', async (_request, reply, payload) => sent(reply as never, payload));
    adapter.getInstance().addHook('onResponse', (_request, _reply, done) => {
      responses++;
      done();
    });
    await app.listen(0, '127.0.0.1');
    running = { url: await app.getUrl(), log, app, close: () => app.close() };
  });

  afterAll(() => running.close());

  beforeEach(() => {
    responses = 0;
  });

  async function twice(path: string): Promise<[Seen, Seen]> {
    const headers = { 'idempotency-key': randomUUID() };
    return [await ask(`${running.url}/${path}`, headers), await ask(`${running.url}/${path}`, headers)];
  }

  it.each(['list', 'by-itself'])('run on a replay of %s, and what they put on the reply leaves with it, fresh', async (path) => {
    let times = 0;
    sent = async (reply, payload) => {
      await new Promise(setImmediate);
      reply
        .header('X-Frame-Options', 'DENY')
        .header('Set-Cookie', `sid=${++times}`)
        .header('X-Signature', `of ${String(payload)} ${times}`);
      return payload;
    };
    const [first, second] = await twice(path);
    expect(second.status).toBe(first.status);
    expect(second.body.equals(first.body)).toBe(true);
    expect(valuesOf(second, 'x-frame-options')).toEqual(['DENY']);
    expect(valuesOf(second, 'set-cookie')).toEqual(['sid=2']);
    expect(valuesOf(second, 'x-signature')).toEqual([`of ${first.body.toString()} 2`]);
    expect(valuesOf(second, 'x-total-count')).toEqual(['3']);
    expect(valuesOf(second, 'idempotency-replayed')).toEqual(['true']);
    while (responses < 2) await new Promise(setImmediate);
    expect(responses).toBe(2);
  });

  it('do not change the answer twice: what they make of its body, status and own headers has been kept', async () => {
    let times = 0;
    sent = (reply, payload) => {
      reply
        .status(202 + ++times)
        .header('Content-Type', `text/wrapped-${String(times)}`)
        .header('Location', `/${String(times)}`);
      return `<${String(payload)}>`;
    };
    const [first, second] = await twice('list');
    expect(first.body.toString()).toBe('<[1,2,3]>');
    expect(second.body.toString()).toBe('<[1,2,3]>');
    for (const seen of [first, second])
      expect([seen.status, valuesOf(seen, 'content-type'), valuesOf(seen, 'location')]).toEqual([
        203,
        ['text/wrapped-1'],
        ['/1'],
      ]);
  });

  it('may make a stream of it, which is dropped', async () => {
    sent = (_reply, payload) => Readable.from([payload as Buffer, '!']);
    const [first, second] = await twice('list');
    expect([first.body.toString(), second.body.toString()]).toEqual(['[1,2,3]!', '[1,2,3]!']);
  });

  it('that fail refuse the replay as they would any answer, and the next retry is given it', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    sent = (_reply, payload) => payload;
    const first = await ask(`${running.url}/list`, headers);
    let fails = true;
    sent = (_reply, payload) => {
      if (!fails) return payload;
      fails = false;
      throw new HttpException('no signature', 502);
    };
    const refused = await ask(`${running.url}/list`, headers);
    expect([refused.status, valuesOf(refused, 'idempotency-replayed'), valuesOf(refused, 'x-total-count')]).toEqual([
      502,
      [],
      [],
    ]);
    expect((await ask(`${running.url}/list`, headers)).body.equals(first.body)).toBe(true);
  });
});
