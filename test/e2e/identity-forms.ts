/** Uploads for the tests of identity: forms made byte by byte, and applications that take them. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import { type INestApplication, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import type { Platform } from './serve.js';

/** One part of a form: a field, or with a file name a file. */
export interface Part {
  readonly name: string;
  readonly value: string | Buffer;
  readonly file?: string;
  readonly type?: string;
}

/** A form as clients write it. */
export function form(parts: readonly Part[], boundary: string): Buffer {
  const written = parts.flatMap(({ name, value, file, type }) => {
    const named = `form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}`;
    const typed = type === undefined ? '' : `\r\nContent-Type: ${type}`;
    return [
      Buffer.from(`--${boundary}\r\nContent-Disposition: ${named}${typed}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ];
  });
  return Buffer.concat([...written, Buffer.from(`--${boundary}--\r\n`)]);
}

/** What a handler tells of a file. */
export function sum(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}

const running = new Set<INestApplication>();

/** Starts an application with one controller; `prepare` is awaited before it is initialised. */
export async function take(
  platform: Platform | FastifyAdapter,
  controller: Type,
  options: IdempotencyOptions = {},
  prepare: (app: INestApplication) => unknown = () => undefined,
): Promise<{ readonly app: INestApplication; readonly port: number }> {
  @Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf', ...options })], controllers: [controller] })
  class AppModule {}
  const adapter = platform === 'express' ? new ExpressAdapter() : platform === 'fastify' ? new FastifyAdapter() : platform;
  const app = await NestFactory.create<INestApplication>(AppModule, adapter, {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  running.add(app);
  const { port } = (app.getHttpServer() as http.Server).address() as { port: number };
  return { app, port };
}

/** Closes what was started. */
export async function closeTaken(): Promise<void> {
  const apps = [...running];
  running.clear();
  await Promise.all(apps.map((app) => app.close()));
}

export interface Reply {
  readonly status: number;
  readonly replayed: boolean;
  readonly text: string;
}

/** Posts `body` to `/upload` under one key. */
export function post(port: number, body: Buffer | string, headers: Record<string, string>, key = 'k'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = { 'idempotency-key': key, 'content-length': String(Buffer.byteLength(body)), ...headers };
    const asked = http.request(
      { port, host: '127.0.0.1', path: '/upload', method: 'POST', headers: sent, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const replayed = answer.headers['idempotency-replayed'] === 'true';
          resolve({ status: answer.statusCode ?? 0, replayed, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Posts a form, each time behind another boundary. */
export function upload(port: number, parts: readonly Part[], key = 'k'): Promise<Reply> {
  const boundary = `boundary-${Math.random().toString(36).slice(2)}`;
  return post(port, form(parts, boundary), { 'content-type': `multipart/form-data; boundary=${boundary}` }, key);
}

/** How each was answered: 'ran', 'replayed', or the status of a refusal. */
export async function outcomes(replies: readonly (() => Promise<Reply>)[]): Promise<(string | number)[]> {
  const seen: (string | number)[] = [];
  for (const next of replies) {
    const { status, replayed } = await next();
    seen.push(status !== 201 ? status : replayed ? 'replayed' : 'ran');
  }
  return seen;
}
