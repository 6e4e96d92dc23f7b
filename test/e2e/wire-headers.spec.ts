/** Headers that were there before the handler: what it takes off or adds to is what the first answer had, and so has the replay. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  HttpException,
  type INestApplication,
  type NestInterceptor,
  Post,
  Res,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { IdempotencyKey } from 'nestjs-idempotency';
import { race, Subject, take } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from './orders.js';
import { closeAll, run, type Running } from './running.js';
import { type Platform, PLATFORMS } from './serve.js';
import { ask, type Seen, valuesOf } from './wire/ask.js';

interface Reply {
  readonly raw?: ServerResponse;
  header(name: string, value: unknown): Reply;
  removeHeader(name: string): unknown;
  status(status: number): Reply;
  send(body: unknown): unknown;
}

/** The response under that of the platform, on which middleware has set its headers. */
const under = (reply: Reply): ServerResponse => reply.raw ?? (reply as unknown as ServerResponse);

/** What stands outside of the module's interceptor answers with it, in the place of a handler that runs. */
const giveUp = new Subject<unknown>();

/** Opened when that answer has come: the handler may go on. */
let isAnswered = promised();

function promised(): { readonly when: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const when = new Promise<void>((resolve) => (open = resolve));
  return { when, open: () => open() };
}

@Controller()
class HeadersController {
  @Post('removes') @IdempotencyKey() removes(@Res({ passthrough: true }) reply: Reply): unknown {
    under(reply).removeHeader('X-Middleware');
    under(reply).removeHeader('Cache-Control');
    reply.removeHeader('X-Guard');
    return { a: 1 };
  }

  @Post('removes-and-throws') @IdempotencyKey() removesAndThrows(@Res({ passthrough: true }) reply: Reply): unknown {
    under(reply).removeHeader('X-Middleware');
    reply.removeHeader('X-Guard');
    throw new HttpException({ code: 'card-declined' }, 402);
  }

  @Post('removes-by-itself') @IdempotencyKey() removesByItself(@Res() reply: Reply): void {
    under(reply).removeHeader('X-Middleware');
    reply.removeHeader('X-Guard');
    reply.status(202).send({ a: 1 });
  }

  @Post('unheard') @IdempotencyKey() async unheard(@Res({ passthrough: true }) reply: Reply): Promise<unknown> {
    under(reply).removeHeader('X-Middleware');
    under(reply).setHeader('X-List', ['three', 'four']);
    reply.header('X-Guard', 'of the handler');
    giveUp.next({ fallback: true });
    await isAnswered.when;
    return { a: 1 };
  }

  @Post('appends') @IdempotencyKey() appends(@Res({ passthrough: true }) reply: Reply): unknown {
    under(reply).appendHeader('X-List', 'of the handler');
    return { a: 1 };
  }

  @Post('leaves') @IdempotencyKey() leaves(): unknown {
    return { a: 1 };
  }
}

/** Which request it is: what middleware and guards set tells of it. */
let word = 'first';

function middleware(_: IncomingMessage, response: ServerResponse, next: () => void): void {
  response.setHeader('X-Middleware', word);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-List', ['one', 'two']);
  next();
}

const guard = {
  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getResponse<Reply>().header('X-Guard', word);
    return true;
  },
};

/** As a timeout outside of the module's interceptor. */
const outside: NestInterceptor = {
  intercept: (_context: ExecutionContext, next: CallHandler) => race(giveUp.pipe(take(1)), next.handle()),
};

/** `hooked` puts a hook on Fastify, so that its replays leave another way. */
function prepare(platform: Platform, hooked: boolean) {
  return (app: INestApplication): void => {
    app.use(middleware);
    app.useGlobalGuards(guard);
    if (!hooked || platform !== 'fastify') return;
    const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
    fastify.addHook('onSend', (_request, _reply, payload, done) => done(null, payload));
  };
}

const NAMES = ['x-middleware', 'x-guard', 'cache-control', 'x-list'] as const;

describe.each([
  ['express', false],
  ['fastify', false],
  ['fastify', true],
] as const satisfies readonly (readonly [(typeof PLATFORMS)[number], boolean])[])(
  'on %s, hooks of its own: %s',
  (platform, hooked) => {
    let running: Running;

    beforeAll(async () => {
      isAnswered = promised();
      running = await run(
        platform,
        { profile: 'ietf', keep: () => true },
        {
          controllers: [HeadersController],
          providers: [{ provide: APP_INTERCEPTOR, useValue: outside }],
          prepare: prepare(platform, hooked),
        },
      );
    });

    afterAll(closeAll);

    const headersOf = (seen: Seen): Record<string, string[]> =>
      Object.fromEntries(NAMES.map((name) => [name, valuesOf(seen, name)]));

    type Headers = Record<string, string[]>;

    async function twice(
      path: string,
      between = async (): Promise<void> => undefined,
    ): Promise<[first: Headers, replay: Headers]> {
      const key = { 'idempotency-key': randomUUID() };
      word = 'first';
      const first = await ask(`http://127.0.0.1:${running.port}/${path}`, key);
      await between();
      word = 'second';
      const second = await ask(`http://127.0.0.1:${running.port}/${path}`, key);
      expect(valuesOf(second, 'idempotency-replayed')).toEqual(['true']);
      return [headersOf(first), headersOf(second)];
    }

    it.each(['removes', 'removes-and-throws', 'removes-by-itself'])(
      'what the handler of %s takes off stays off',
      async (path) => {
        const [first, second] = await twice(path);
        expect([first['x-middleware'], first['x-guard']]).toEqual([[], []]);
        expect(second).toEqual({ ...first });
      },
    );

    it('what the handler appends to a list is its own', async () => {
      const [first, second] = await twice('appends');
      expect(first['x-list']).toEqual(['one', 'two', 'of the handler']);
      expect(second['x-list']).toEqual(first['x-list']);
    });

    it('what a handler decided that was answered for is told by its first retry', async () => {
      const [, second] = await twice('unheard', async () => {
        isAnswered.open();
        await until(() => running.events.some((event) => event.kind === 'request' && event.outcome === 'unrendered'));
      });
      expect(second).toEqual({
        'x-middleware': [],
        'x-guard': ['of the handler'],
        'cache-control': ['no-store'],
        'x-list': ['three', 'four'],
      });
    });

    it('what it leaves alone is of those who set it, and fresh', async () => {
      const [first, second] = await twice('leaves');
      expect([first['x-middleware'], first['x-guard']]).toEqual([['first'], ['first']]);
      expect([second['x-middleware'], second['x-guard']]).toEqual([['second'], ['second']]);
    });
  },
);
