/** The business transaction with its answer in it: transactional mode. */
import 'reflect-metadata';
import { currentTransaction, fromPool, migrate, PostgresBackend } from '@nestjs-idempotency/postgres';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import type { PoolClient } from 'pg';
import { createTable, insertOrder, openPool } from './order-table.js';
import { serve } from './serve.js';

const pool = openPool();
await createTable(pool);
await migrate(fromPool(pool));

@Controller('orders')
@IdempotencyKey({ transactional: true })
class Orders {
  @Post()
  async create(@Body() order: unknown): Promise<unknown> {
    await insertOrder(currentTransaction<PoolClient>(), order);
    return order;
  }
}

@Module({
  imports: [IdempotencyModule.forRoot({ conflictStatus: null, backend: new PostgresBackend(fromPool(pool)) })],
  controllers: [Orders],
})
class Transactional {}

await serve(Transactional);
