/** Orders with MikroORM. */
import { EntitySchema, MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { Body, Controller, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromEntityManager } from '@nestjs-idempotency/postgres/mikro-orm';
import { IdempotencyTransaction } from '@nestjs-idempotency/postgres/nest';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client } from 'pg';
import type { NewOrder } from './orders.js';

class Order {
  id!: number;
  item!: string;
}

const orderSchema = new EntitySchema<Order>({
  class: Order,
  tableName: 'orders',
  properties: { id: { type: 'integer', primary: true, autoincrement: true }, item: { type: 'text' } },
});

const connectionString = process.env['DATABASE_URL'] ?? '';
const orm = await MikroORM.init({ clientUrl: connectionString, entities: [orderSchema], pool: { max: 20 } });
const backend = new PostgresBackend(fromEntityManager(orm.em.fork()), { listen: () => new Client({ connectionString }) });

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey({ transactional: true })
  async create(@Body() { item }: NewOrder, @IdempotencyTransaction() tx: EntityManager) {
    const order = tx.create(Order, { item } as Order);
    await tx.persist(order).flush();
    return { id: order.id, item: order.item };
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf', backend })], controllers: [OrdersController] })
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await backend.close();
    await orm.close();
  }
}
