/** The application that is killed: transfers on Postgres, transactional or plain. Tells its parent the port it listens on. */
import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IdempotencyModule } from 'nestjs-idempotency';
import { fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import type { NextFunction, Request, Response } from 'express';
import pg from 'pg';
import { crashAt, crashing } from './crash.js';
import { LEASE_MS } from './terms.js';
import { POOL, TransfersController } from './transfers.controller.js';

const url = process.env['DATABASE_URL'] ?? '';
const lapses = process.env['LAPSES'] ?? '';
const transactional = process.env['MODE'] === 'transactional';

const pool = new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 5_000 });
const backend = new PostgresBackend(crashing(fromPool(pool)), { listen: () => new pg.Client({ connectionString: url }) });

@Module({
  imports: [
    IdempotencyModule.forRoot({
      profile: 'ietf',
      backend,
      transactional,
      leaseMs: LEASE_MS,
      onEvent(event) {
        if (event.kind !== 'fault' || (event.fault.kind !== 'lapsed' && event.fault.kind !== 'lease-lost')) return;
        appendFileSync(lapses, `${JSON.stringify({ at: Date.now(), slot: event.fault.slot })}\n`);
      },
    }),
  ],
  controllers: [TransfersController],
  providers: [{ provide: POOL, useValue: pool }],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.use((_request: Request, response: Response, next: NextFunction) => {
  crashAt('request');
  const end = response.end.bind(response) as (...args: unknown[]) => Response;
  response.end = ((...args: unknown[]) => {
    crashAt('before-answer');
    return end(...args);
  }) as Response['end'];
  response.once('finish', () => crashAt('answered'));
  next();
});
await app.listen(0, '127.0.0.1');
const address = (app.getHttpServer() as import('node:http').Server).address();
process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
// A parent that was killed itself leaves nobody to end this.
process.once('disconnect', () => process.exit(0));
