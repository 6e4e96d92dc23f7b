/** Orders with Drizzle. */
import { Body, Controller, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromDrizzle } from '@nestjs-idempotency/postgres/drizzle';
import { IdempotencyTransaction } from '@nestjs-idempotency/postgres/nest';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { pgTable, serial, text } from 'drizzle-orm/pg-core';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client, Pool } from 'pg';

const orders = pgTable('orders', { id: serial().primaryKey(), item: text().notNull() });

const connectionString = process.env['DATABASE_URL'];
const pool = new Pool({ connectionString, max: 20, connectionTimeoutMillis: 5_000 });
const backend = new PostgresBackend(fromDrizzle(drizzle(pool)), { listen: () => new Client({ connectionString }) });

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey({ transactional: true })
  async create(@Body() { item }: { item: string }, @IdempotencyTransaction() tx: NodePgDatabase) {
    const [order] = await tx.insert(orders).values({ item }).returning();
    return order;
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf', backend })], controllers: [OrdersController] })
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await backend.close();
    await pool.end();
  }
}
