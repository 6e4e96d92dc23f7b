/** Orders with Knex. */
import { Body, Controller, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromKnex } from '@nestjs-idempotency/postgres/knex';
import { IdempotencyTransaction } from '@nestjs-idempotency/postgres/nest';
import createKnex, { type Knex } from 'knex';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client } from 'pg';

const connectionString = process.env['DATABASE_URL'] ?? '';
const knex = createKnex({
  client: 'pg',
  connection: connectionString,
  pool: { min: 0, max: 20 },
  acquireConnectionTimeout: 5_000,
});
const backend = new PostgresBackend(fromKnex(knex), { listen: () => new Client({ connectionString }) });

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey({ transactional: true })
  async create(@Body() { item }: { item: string }, @IdempotencyTransaction() tx: Knex.Transaction) {
    const [order] = await tx<{ id: number; item: string }>('orders').insert({ item }).returning(['id', 'item']);
    return order;
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf', backend })], controllers: [OrdersController] })
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await backend.close();
    await knex.destroy();
  }
}
