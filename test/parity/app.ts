/** Starts the fixture application on a platform. */
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import { RedisLock } from '@nestjs-idempotency/redis';
import { IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import { Counters } from './fixture.js';
import { GtController } from './gt.controller.js';
import { GtManualController } from './gt-manual.controller.js';
import { OnlyAlice, sessions } from './surroundings.js';
import { ViewsController } from './views.controller.js';

export const PLATFORMS = ['Express', 'Fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** A running fixture. */
export interface Fixture {
  readonly port: number;
  executions(caseName: string): number;
  close(): Promise<void>;
}

/** Starts the fixture under `options` on a free port. */
export async function startFixture(platform: Platform, options: IdempotencyOptions): Promise<Fixture> {
  @Module({
    imports: [IdempotencyModule.forRoot(options)],
    controllers: [GtController, GtManualController, ViewsController],
    providers: [Counters],
  })
  class FixtureModule {}

  const app = await (platform === 'Express' ? onExpress(FixtureModule) : onFastify(FixtureModule));
  app.use(sessions);
  app.useGlobalGuards(new OnlyAlice());
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const counters = app.get(Counters);
  const lock = options.lock?.use;
  return {
    port,
    executions: (name) => counters.of(name),
    async close() {
      await app.close();
      // The module closes no lock: it was not the one who made it.
      if (lock instanceof RedisLock) await lock.close();
    },
  };
}

type WithRawBody = { rawBody?: string | Buffer };

/** Bodies are taken as bytes, whatever their type: the handlers that were observed do not parse them either. */
async function onExpress(module: object): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, new ExpressAdapter(), {
    bodyParser: false,
    logger: false,
  });
  app.use(
    express.raw({
      type: () => true,
      verify: (request, _response, body) => {
        (request as WithRawBody).rawBody = body;
      },
    }),
  );
  return app;
}

async function onFastify(module: object): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ routerOptions: { ignoreTrailingSlash: true } });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { bodyParser: false, logger: false });
  const fastify = adapter.getInstance();
  // Nest 12 does so for `@All()`.
  for (const method of ['PROPFIND', 'PROPPATCH', 'MKCOL'])
    if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method, { hasBody: true });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    (request as unknown as WithRawBody).rawBody = body;
    done(null, body);
  });
  return app;
}
