/** What a request was routed to is what its key is for: however the path is spelled, and whatever else led to the handler. */
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  All,
  Body,
  Controller,
  Headers,
  type INestApplication,
  Module,
  Param,
  Post,
  Put,
  Req,
  RequestMapping,
  RequestMethod,
  type Type,
  Version,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import { RouteConstraints } from '@nestjs/platform-fastify';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import { closeAll, run, type Running, runModule } from './running.js';
import { type Asked, send } from './send.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

const PROFILES = ['classic', 'ietf'] as const;

/** What ran, in order. */
let ran: string[] = [];

function note(what: string): { ran: string } {
  ran.push(what);
  return { ran: what };
}

/** The bodies that `asked` were answered with, one after the other. */
async function answers(running: Running, ...asked: (Asked & { path: string })[]): Promise<string[]> {
  const seen: string[] = [];
  for (const one of asked) seen.push((await send(running.port, one.path, { key: 'k', ...one })).text);
  return seen;
}

async function start(
  platform: (typeof PLATFORMS)[number],
  controllers: readonly Type[],
  options: IdempotencyOptions = {},
  prepare: (app: INestApplication) => void = () => undefined,
): Promise<Running> {
  ran = [];
  return run(platform, options, { controllers, prepare });
}

@Controller({ path: 'pay', version: '1' })
class PayV1 {
  @Post()
  @IdempotencyKey()
  pay() {
    return note('v1');
  }
}

@Controller({ path: 'pay', version: '2' })
class PayV2 {
  @Post()
  @IdempotencyKey()
  pay() {
    return note('v2');
  }
}

@Controller('several')
class Several {
  @Post()
  @Version(['1', '2', VERSION_NEUTRAL])
  @IdempotencyKey()
  pay() {
    return note(`several ${ran.length}`);
  }
}

const VERSIONINGS: [string, VersioningOptions, (version: string) => Record<string, string>][] = [
  ['a header', { type: VersioningType.HEADER, header: 'X-Version' }, (version) => ({ 'x-version': version })],
  ['a media type', { type: VersioningType.MEDIA_TYPE, key: 'v=' }, (version) => ({ accept: `application/json;v=${version}` })],
  [
    'a function',
    {
      type: VersioningType.CUSTOM,
      extractor: (request) => [String((request as { headers: Record<string, string> }).headers['x-custom'])],
    },
    (version) => ({ 'x-custom': version }),
  ],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(PROFILES)('in %s', (profile) => {
    it.each(VERSIONINGS)('a version in %s is another operation', async (_, versioning, headersOf) => {
      const running = await start(platform, [PayV1, PayV2], { profile }, (app) => app.enableVersioning(versioning));
      const asked = (version: string) => ({ path: '/pay', headers: headersOf(version) });
      await expect(answers(running, asked('1'), asked('2'), asked('1'), asked('2'))).resolves.toEqual(
        ['v1', 'v2', 'v1', 'v2'].map((version) => JSON.stringify({ ran: version })),
      );
      expect(ran).toEqual(['v1', 'v2']);
    });

    it.each(VERSIONINGS)('the versions of one handler are told apart by %s', async (_, versioning, headersOf) => {
      const running = await start(platform, [Several], { profile }, (app) => app.enableVersioning(versioning));
      const asked = (version: string) => ({ path: '/several', headers: headersOf(version) });
      await answers(running, asked('1'), asked('2'), asked('1'), asked('2'));
      expect(ran).toEqual(['several 0', 'several 1']);
    });

    it('the versions of one handler are told apart where Nest 11 and 12 read another one', async () => {
      const versioning: VersioningOptions = { type: VersioningType.MEDIA_TYPE, key: 'v=' };
      const running = await start(platform, [Several], { profile }, (app) => app.enableVersioning(versioning));
      const asked = (env: string) => ({ path: '/several', headers: { accept: `application/json;env=${env};v=2` } });
      await answers(running, asked('1'), asked('2'), asked('1'), asked('2'));
      expect(ran).toEqual(['several 0', 'several 1']);
    });

    it('a default version counts, and no version is told of a handler for all of them', async () => {
      @Controller()
      class Neutral {
        @Post('plain')
        @Version(VERSION_NEUTRAL)
        @IdempotencyKey()
        plain() {
          return note('plain');
        }

        @Post('defaulted')
        @IdempotencyKey()
        defaulted(@Headers('x-version') version: string) {
          return note(version);
        }
      }
      const versioning: VersioningOptions = { type: VersioningType.HEADER, header: 'X-Version', defaultVersion: ['1', '2'] };
      const running = await start(platform, [Neutral], { profile }, (app) => app.enableVersioning(versioning));
      const at = (path: string, version?: string) => ({ path, headers: version === undefined ? {} : { 'x-version': version } });
      await answers(running, at('/plain'), at('/plain'), at('/defaulted', '1'), at('/defaulted', '2'), at('/defaulted', '1'));
      expect(ran).toEqual(['plain', '1', '2']);
    });

    it('a version in the path is another operation', async () => {
      const running = await start(platform, [PayV1, PayV2], { profile }, (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI });
      });
      await answers(running, { path: '/api/v1/pay' }, { path: '/api/v2/pay' }, { path: '/api/v1/pay' });
      expect(ran).toEqual(['v1', 'v2']);
    });

    it('another host is another operation, where the controller asks for the host', async () => {
      @Controller({ path: 'pay', host: ':tenant.example.com' })
      class OfTenant {
        @Post()
        @IdempotencyKey()
        pay(@Req() { hosts }: { hosts: { tenant: string } }) {
          return note(hosts.tenant.toLowerCase());
        }
      }
      @Controller({ path: 'list', host: ['one.test', 'two.test'] })
      class OfList {
        @Post()
        @IdempotencyKey()
        pay(@Headers('host') host: string) {
          return note(host);
        }
      }
      @Controller({ path: 'expression', host: /^[a-z]+\.expression\.test$/ })
      class OfExpression {
        @Post()
        @IdempotencyKey()
        pay(@Headers('host') host: string) {
          return note(host);
        }
      }
      const running = await start(platform, [OfTenant, OfList, OfExpression], { profile });
      const at = (host: string, path = '/pay') => ({ path, headers: { host } });
      await answers(running, at('ann.example.com'), at('bob.example.com'), at('ANN.example.com:80'), at('ann.example.com'));
      await answers(running, at('one.test', '/list'), at('two.test', '/list'), at('one.test', '/list'));
      await answers(running, at('a.expression.test', '/expression'), at('b.expression.test', '/expression'));
      expect(ran).toEqual(['ann', 'bob', 'one.test', 'two.test', 'a.expression.test', 'b.expression.test']);
    });

    it('a host makes no difference where no controller asks for it', async () => {
      const running = await start(platform, [PayV1], { profile });
      await answers(running, { path: '/pay', headers: { host: 'a' } }, { path: '/pay', headers: { host: 'b' } });
      expect(ran).toEqual(['v1']);
    });

    it('the absolute form of a target is its origin form', async () => {
      const running = await start(platform, [PayV1], { profile });
      const paths = ['/pay?a=1', 'http://shop/pay?a=1', 'HTTP://shop:80/pay?a=1', 'https://other/pay?a=1'];
      await answers(running, ...paths.map((path) => ({ path })));
      expect(ran).toEqual(['v1']);
      await answers(running, { path: 'http://shop/pay?a=2', key: 'k2' }, { path: '/pay?a=2', key: 'k2' });
      expect(ran).toEqual(['v1', 'v1']);
    });

    it('parameters of a path are told apart, and a slash in one is no slash', async () => {
      @Controller()
      class Orders {
        @Put('orders/:id/items/:item')
        @IdempotencyKey()
        put(@Param() params: object) {
          return note(JSON.stringify(params));
        }

        @Put(platform === 'express' ? 'files/*path' : 'files/*')
        @IdempotencyKey()
        file() {
          return note('file');
        }
      }
      const running = await start(platform, [Orders], { profile });
      const put = (path: string) => ({ path, method: 'PUT' });
      await answers(
        running,
        put('/orders/a/items/b'),
        put('/orders/b/items/a'),
        put('/orders/a%2Fitems/items/b'),
        put('/orders/a/items/b'),
        put('/orders/1/items/b'),
        put('/orders/%20/items/b'),
        put('/files/a/b'),
        put('/files/a/c'),
        put('/files/a/b'),
      );
      expect(ran).toHaveLength(7);
    });
  });

  // Express's router does not look at case and the last slash, Fastify's decodes the path before it matches.
  const spellings = platform === 'express' ? ['/PAY', '/pay/', '/Pay/'] : ['/%70ay', '/p%61%79'];

  it.each(spellings)('under ietf %s is /pay, as the router says', async (path) => {
    const running = await start(platform, [PayV1], { profile: 'ietf' });
    const [first, second] = [await send(running.port, '/pay', { key: 'k' }), await send(running.port, path, { key: 'k' })];
    expect([second.text, second.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    expect(ran).toEqual(['v1']);
  });

  it.each(spellings)('in classic %s counts as it was sent', async (path) => {
    const running = await start(platform, [PayV1]);
    await answers(running, { path: '/pay' }, { path }, { path: '/pay' });
    expect(ran).toEqual(['v1', 'v1']);
  });

  it('under ietf what stands behind the path counts, whatever begins it', async () => {
    const running = await start(platform, [PayV1], { profile: 'ietf' });
    const statuses = async (key: string, ...paths: string[]): Promise<number[]> => {
      const seen: number[] = [];
      for (const path of paths) seen.push((await send(running.port, path, { key })).status);
      return seen;
    };
    expect(await statuses('k', '/pay?a=1&b=2', '/pay?b=2&a=1', '/pay?a=2', '/pay')).toEqual([201, 201, 422, 422]);
    // Fastify parses a query behind this sign, too.
    expect(await statuses('k2', '/pay', '/pay#a=1')).toEqual([201, 422]);
    expect(ran).toEqual(['v1', 'v1']);
  });

  it('routes of modules that are mounted elsewhere are told apart', async () => {
    @Module({ controllers: [PayV1] })
    class Shop {}
    @Module({
      imports: [
        IdempotencyModule.forRoot({ profile: 'ietf' }),
        Shop,
        RouterModule.register([{ path: 'shops/:shop', module: Shop }]),
      ],
    })
    class App {}
    ran = [];
    const running = await runModule(platform, App, { controllers: [] });
    await answers(running, { path: '/shops/a/pay' }, { path: '/shops/b/pay' }, { path: '/shops/a/pay' });
    expect(ran).toEqual(['v1', 'v1']);
  });

  it('one handler of several paths, of all methods or of several controllers is several operations', async () => {
    abstract class Base {
      @Post(['one', 'two'])
      @IdempotencyKey()
      pay() {
        return note('base');
      }

      @All('all')
      @IdempotencyKey()
      all() {
        return note('all');
      }
    }
    @Controller('a')
    class A extends Base {}
    @Controller('b')
    class B extends Base {}
    const running = await start(platform, [A, B], { profile: 'ietf' });
    const at = (path: string, method = 'POST') => ({ path, method });
    await answers(running, at('/a/one'), at('/a/two'), at('/b/one'), at('/a/all'), at('/a/all', 'PUT'), at('/b/all'));
    expect(ran).toEqual(['base', 'base', 'base', 'all', 'all', 'all']);
  });

  it.each(['SEARCH', 'PROPFIND'] as const)('%s changes nothing, and takes no part', async (method) => {
    @Controller()
    class Queries {
      @RequestMapping({ path: 'query', method: RequestMethod[method] })
      query(@Body() _body: unknown) {
        return note(method);
      }
    }
    const running = await start(platform, [Queries], { mode: 'opt-out', profile: 'ietf', methods: [method] });
    const seen = [await send(running.port, '/query', { method }), await send(running.port, '/query', { method, key: 'k' })];
    await send(running.port, '/query', { method, key: 'k' });
    expect(seen.map(({ status }) => status)).toEqual([200, 200]);
    expect(ran).toEqual([method, method, method]);
  });

  it('applications with names share a store without meeting', async () => {
    const [storage, lock] = [{ use: new MemoryStorage() }, { use: new MemoryLock() }];
    const named = (application?: string) =>
      run(platform, { storage, lock, ...(application !== undefined && { application }) }, { controllers: [PayV1] });
    ran = [];
    const orders = await named('orders');
    const stock = await named('stock');
    const nameless = await named();
    for (const running of [orders, stock, nameless, orders, stock, nameless]) await answers(running, { path: '/pay' });
    expect(ran).toEqual(['v1', 'v1', 'v1']);
    // No name and caller can be put together to look like another pair.
    const forged = { path: '/pay', headers: { authorization: 'p6:ordersa' } };
    await answers(nameless, forged, forged);
    expect(ran).toHaveLength(4);
  });

  it('an application that is configured twice does not start, and is told where', async () => {
    @Module({ imports: [IdempotencyModule.forRoot({ scope: () => 'b' })] })
    class Billing {}
    @Module({ imports: [IdempotencyModule.forRoot({}), Billing], controllers: [PayV1] })
    class App {}
    await expect(runModule(platform, App, { controllers: [] })).rejects.toThrow(
      /IdempotencyModule is set up 2 times, by (App and Billing|Billing and App): /,
    );
  });

  it('one configuration may be imported in many places', async () => {
    const module = IdempotencyModule.forRoot({});
    @Module({ imports: [module] })
    class Billing {}
    @Module({ imports: [module, Billing], controllers: [PayV1] })
    class App {}
    const running = await runModule(platform, App, { controllers: [] });
    ran = [];
    await answers(running, { path: '/pay' }, { path: '/pay' });
    expect(ran).toEqual(['v1']);
  });
});

it('constraints of a Fastify route are told apart', async () => {
  @Controller()
  class Constrained {
    @Post('pay')
    @RouteConstraints({ host: 'one.test' })
    @IdempotencyKey()
    one() {
      return note('one');
    }

    @Post('pay')
    @RouteConstraints({ host: /^(two|three)\.test$/ })
    @IdempotencyKey()
    two(@Headers('host') host: string) {
      return note(host);
    }
  }
  const running = await start('fastify', [Constrained], { profile: 'ietf' });
  const at = (host: string) => ({ path: '/pay', headers: { host } });
  await answers(running, at('one.test'), at('two.test'), at('three.test'), at('one.test'), at('two.test'));
  expect(ran).toEqual(['one', 'two.test', 'three.test']);
});
