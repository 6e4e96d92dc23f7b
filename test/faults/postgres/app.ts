/** The campaign's own application: transfers on Postgres, transactional, plain, or broken on purpose. */
import './crash-points.js';
import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IdempotencyModule } from 'nestjs-idempotency';
import { fromPool, migrate, PostgresBackend } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { commitsLate } from './broken.js';
import { LEASE_MS } from './terms.js';
import { POOL, TransfersController } from './transfers.controller.js';

const url = process.env['DATABASE_URL'] ?? '';
const lapses = process.env['LAPSES'] ?? '';
const isPlain = process.env['MODE'] === 'plain';

const pool = new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 5_000 });
const source = process.env['BROKEN'] === 'commits-late' ? commitsLate(pool) : fromPool(pool);
const backend = new PostgresBackend(source, { listen: () => new pg.Client({ connectionString: url }) });

@Module({
  imports: [
    IdempotencyModule.forRoot({
      profile: 'ietf',
      backend,
      transactional: !isPlain,
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

await migrate(fromPool(pool));
// Deadlocks are wanted here; each is told in the log, run again, and of no interest.
const app = await NestFactory.create(AppModule, { logger: ['fatal'] });
await app.listen(0, '127.0.0.1');
