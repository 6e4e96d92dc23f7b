/** Orders with `@nestjs-cls/transactional`, here over TypeORM: the service knows nothing of idempotency. */
import { Body, Controller, Inject, Injectable, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import {
  ClsPluginTransactional,
  InjectTransaction,
  type Transaction,
  Transactional,
  TransactionHost,
} from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromTransactionHost } from '@nestjs-idempotency/postgres/cls-transactional';
import { clientOf } from '@nestjs-idempotency/postgres/typeorm';
import { ClsModule } from 'nestjs-cls';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client } from 'pg';
import { DataSource, EntitySchema } from 'typeorm';

const orders = new EntitySchema<{ id: number; item: string }>({
  name: 'orders',
  columns: { id: { type: 'int', primary: true, generated: true }, item: { type: 'text' } },
});

@Injectable()
class OrdersService {
  constructor(@InjectTransaction() private readonly tx: Transaction<TransactionalAdapterTypeOrm>) {}

  @Transactional()
  create(item: string) {
    return this.tx.save(orders, { item });
  }
}

@Controller('orders')
class OrdersController {
  constructor(@Inject(OrdersService) private readonly service: OrdersService) {}

  @Post()
  @IdempotencyKey({ transactional: true })
  create(@Body() { item }: { item: string }) {
    return this.service.create(item);
  }
}

const url = process.env['DATABASE_URL'] ?? '';
const dataSource = new DataSource({ type: 'postgres', url, entities: [orders], poolSize: 20 });

@Module({
  providers: [{ provide: DataSource, useFactory: () => dataSource.initialize() }],
  exports: [DataSource],
})
class DatabaseModule implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await dataSource.destroy();
  }
}

const transactions = new ClsPluginTransactional({
  imports: [DatabaseModule],
  adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource }),
  enableTransactionProxy: true,
});

@Module({
  imports: [
    ClsModule.forRoot({ global: true, middleware: { mount: true }, plugins: [transactions] }),
    IdempotencyModule.forRootAsync({
      inject: [TransactionHost],
      useFactory: (host: TransactionHost<TransactionalAdapterTypeOrm>) => ({
        profile: 'ietf',
        backend: new PostgresBackend(fromTransactionHost(host, clientOf), {
          listen: () => new Client({ connectionString: url }),
        }),
      }),
    }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class AppModule {}
