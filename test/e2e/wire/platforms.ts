/** Applications on both platforms, on real sockets, that say nothing but what they warn of. */
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyCompress from '@fastify/compress';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import compression from 'compression';
import handlebars from 'handlebars';

const views = fileURLToPath(new URL('views', import.meta.url));

/** What was logged as a warning or worse. */
export class Log implements LoggerService {
  readonly lines: string[] = [];
  log(): void {}
  warn(...words: unknown[]): void {
    this.lines.push(words.map(String).join(' '));
  }
  error(...words: unknown[]): void {
    this.lines.push(words.map(String).join(' '));
  }
}

/** An application that listens. */
export interface Running {
  readonly url: string;
  readonly log: Log;
  readonly app: INestApplication;
  close(): Promise<void>;
}

/** What a platform is given besides the module. */
export interface Wiring {
  readonly compress?: boolean;
}

/** Names of the platforms, for `describe.each`. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Starts an application on `platform`, on a port of its own. */
export async function start(platform: Platform, module: object, { compress = false }: Wiring = {}): Promise<Running> {
  const log = new Log();
  const app = await (platform === 'express' ? onExpress(module, log, compress) : onFastify(module, log, compress));
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), log, app, close: () => app.close() };
}

async function onExpress(module: object, logger: Log, compress: boolean): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module as never, { logger });
  app.enableCors({ origin: 'https://shop.example' });
  app.use((_request: unknown, response: ServerResponse, next: () => void) => {
    response.setHeader('Expires', '0');
    response.setHeader('X-Hook', 'fresh');
    next();
  });
  if (compress) app.use(compression({ threshold: 100 }));
  app.setBaseViewsDir(views);
  app.setViewEngine('hbs');
  return app;
}

async function onFastify(module: object, logger: Log, compress: boolean): Promise<NestFastifyApplication> {
  const warn = (line: unknown): void => void logger.lines.push(typeof line === 'string' ? line : JSON.stringify(line));
  const adapter = new FastifyAdapter({ logger: { level: 'warn', stream: { write: warn } } });
  const app = await NestFactory.create<NestFastifyApplication>(module as never, adapter, { logger });
  app.enableCors({ origin: 'https://shop.example' });
  adapter.getInstance().addHook('onRequest', (_request, reply, next) => {
    void reply.headers({ Expires: '0', 'X-Hook': 'fresh' });
    next();
  });
  if (compress) await app.register(fastifyCompress, { threshold: 100 });
  app.setViewEngine({ engine: { handlebars }, templates: views });
  return app;
}
