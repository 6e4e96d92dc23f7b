/** Orders with Kysely. */
import { Body, Controller, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromKysely } from '@nestjs-idempotency/postgres/kysely';
import { IdempotencyTransaction } from '@nestjs-idempotency/postgres/nest';
import { type Generated, Kysely, PostgresDialect, type Transaction } from 'kysely';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client, Pool } from 'pg';

interface Database {
  orders: { id: Generated<number>; item: string };
}

const connectionString = process.env['DATABASE_URL'];
const pool = new Pool({ connectionString, max: 20, connectionTimeoutMillis: 5_000 });
const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
const backend = new PostgresBackend(fromKysely(db, { pool }), { listen: () => new Client({ connectionString }) });

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey({ transactional: true })
  create(@Body() { item }: { item: string }, @IdempotencyTransaction() tx: Transaction<Database>) {
    return tx.insertInto('orders').values({ item }).returningAll().executeTakeFirstOrThrow();
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf', backend })], controllers: [OrdersController] })
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await backend.close();
    await db.destroy();
  }
}
