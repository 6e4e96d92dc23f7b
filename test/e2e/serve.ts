/** A real application on a real socket, on either platform. */
import type { INestApplication, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

export const PLATFORMS = ['express', 'fastify'] as const;

export type Platform = (typeof PLATFORMS)[number];

export interface Server {
  readonly app: INestApplication;
  readonly url: string;
  close(): Promise<void>;
}

/** Starts `module` on a free port of this machine. `prepare` runs before the application is initialised. */
export async function serve(
  platform: Platform,
  module: Type,
  prepare: (app: INestApplication) => void | Promise<void> = () => undefined,
  options: NestApplicationOptions = {},
): Promise<Server> {
  const { forceCloseConnections = true } = options;
  // Fastify is told as well: Nest 11 does not tell it.
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter({ forceCloseConnections });
  const app = await NestFactory.create(module, adapter, {
    logger: ['error', 'warn'],
    abortOnError: false,
    ...options,
    forceCloseConnections,
  });
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), close: () => app.close() };
}
