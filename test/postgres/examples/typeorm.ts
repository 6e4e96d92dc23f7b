/** Orders with TypeORM. */
import { Body, Controller, Inject, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { IdempotencyTransaction } from '@nestjs-idempotency/postgres/nest';
import { fromDataSource } from '@nestjs-idempotency/postgres/typeorm';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client } from 'pg';
import { Column, DataSource, Entity, type EntityManager, PrimaryGeneratedColumn } from 'typeorm';
import type { NewOrder } from './orders.js';

@Entity('orders')
class Order {
  @PrimaryGeneratedColumn({ type: 'int' })
  id!: number;

  @Column({ type: 'text' })
  item!: string;
}

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey({ transactional: true })
  create(@Body() { item }: NewOrder, @IdempotencyTransaction() tx: EntityManager) {
    return tx.save(Order, { item });
  }
}

const url = process.env['DATABASE_URL'] ?? '';

/** In an application of yours: `TypeOrmModule.forRoot(…)`. */
@Module({
  providers: [
    {
      provide: DataSource,
      useFactory: () => new DataSource({ type: 'postgres', url, entities: [Order], poolSize: 20 }).initialize(),
    },
  ],
  exports: [DataSource],
})
class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async onApplicationShutdown() {
    await this.dataSource.destroy();
  }
}

@Module({
  imports: [
    IdempotencyModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => ({
        profile: 'ietf',
        backend: new PostgresBackend(fromDataSource(dataSource), { listen: () => new Client({ connectionString: url }) }),
      }),
    }),
  ],
  controllers: [OrdersController],
})
export class AppModule {}
