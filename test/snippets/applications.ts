/** The applications that a page starts, one after another: its modules, and what its programs make by themselves. */
import type { AddressInfo, Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type INestApplication, Logger, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { exportsModule } from './workshop.js';

const AT_MOST_MS = 20_000;
const ASK_AGAIN_MS = 10;

/** What was logged as a warning or worse, and what nobody caught. */
const complaints: string[] = [];
const complain = (...told: unknown[]): void => {
  const words = told.map(String).join(' ');
  // Of the server that the tests were given, not of the snippet.
  if (!/append-only file|fsync|synchronous_commit/.test(words)) complaints.push(words);
};
const silent = (): void => undefined;
Logger.overrideLogger({ log: silent, debug: silent, verbose: silent, warn: complain, error: complain, fatal: complain });
process.on('unhandledRejection', (error) => complain(error instanceof Error ? error.stack : error));

/** The applications that were made since this was last emptied, by whomever. */
const made: INestApplication[] = [];
const create = NestFactory.create.bind(NestFactory) as (...given: unknown[]) => Promise<INestApplication>;
NestFactory.create = (async (module: unknown, ...given: unknown[]) => {
  const app = await create(module, ...(given.length > 0 ? given : [{ abortOnError: false }]));
  made.push(app);
  return app;
}) as typeof NestFactory.create;

interface Program {
  readonly file: string;
  readonly text: string;
}

/** Runs a program of a page. Gives the application that it started, or whose module it exports; `undefined` if it does neither. */
export async function start({ file, text }: Program): Promise<INestApplication | undefined> {
  complaints.length = 0;
  if (exportsModule({ text }) || text.includes('NestFactory')) await end();
  const { AppModule, ...others } = (await import(pathToFileURL(file).href)) as { AppModule?: Type };
  await Promise.all(Object.values(others));
  if (AppModule !== undefined) {
    const module = /@Idempotency(Key|Manual)\(/.test(text) ? AppModule : await withOrders(AppModule, dirname(file));
    const app = await NestFactory.create(module, { abortOnError: false });
    await app.listen(0, '127.0.0.1');
    return app;
  }
  if (!text.includes('.listen(')) return undefined;
  await until(isListening, 'It does not listen.');
  return made[0];
}

/** Waits for what a program does without being waited for. Rejects with its complaints, or with `otherwise` when it takes too long. */
export async function until(isSo: () => boolean, otherwise: string): Promise<void> {
  for (const end = Date.now() + AT_MOST_MS; !isSo(); await sleep(ASK_AGAIN_MS)) {
    refuseComplaints();
    if (Date.now() > end) throw new Error(otherwise);
  }
}

export function refuseComplaints(): void {
  if (complaints.length > 0) throw new Error(`It complains: ${complaints.splice(0).join('\n')}`);
}

/** Closes what was started. */
export async function end(): Promise<void> {
  for (const app of made.splice(0)) await app.close();
}

const server = (app: INestApplication): Server => app.getHttpServer() as Server;
const isListening = (): boolean => made[0] !== undefined && server(made[0]).listening;

/** Where the application of the page listens. Throws where there is none. */
export function origin(): string {
  if (made[0] === undefined) throw new Error('No block of the page before this one starts an application.');
  return `http://127.0.0.1:${(server(made[0]).address() as AddressInfo).port}`;
}

/** A module of options only, with something to protect. */
async function withOrders(AppModule: Type, folder: string): Promise<Type> {
  const { OrdersController, OrdersService } = (await import(pathToFileURL(join(folder, 'orders.module.ts')).href)) as {
    OrdersController: Type;
    OrdersService: Type;
  };
  class Application {}
  Module({ imports: [AppModule], controllers: [OrdersController], providers: [OrdersService] })(Application);
  return Application;
}
