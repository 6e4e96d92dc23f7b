/** Orders with `pg`. */
import { Body, Controller, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { IdempotencyTransaction } from '@nestjs-idempotency/postgres/nest';
import { fromPool } from '@nestjs-idempotency/postgres/pg';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client, Pool, type PoolClient } from 'pg';

const connectionString = process.env['DATABASE_URL'];
const pool = new Pool({ connectionString, max: 20, connectionTimeoutMillis: 5_000 });
const backend = new PostgresBackend(fromPool(pool), { listen: () => new Client({ connectionString }) });

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey({ transactional: true })
  async create(@Body() { item }: { item: string }, @IdempotencyTransaction() tx: PoolClient) {
    const { rows } = await tx.query('INSERT INTO orders (item) VALUES ($1) RETURNING id, item', [item]);
    return rows[0];
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf', backend })], controllers: [OrdersController] })
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await backend.close();
    await pool.end();
  }
}
