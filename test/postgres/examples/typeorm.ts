/** Orders with TypeORM. */
import { Body, Controller, Inject, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromDataSource, joining } from '@nestjs-idempotency/postgres/typeorm';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client } from 'pg';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';

@Entity('orders')
class Order {
  @PrimaryGeneratedColumn({ type: 'int' })
  id!: number;

  @Column({ type: 'text' })
  item!: string;
}

@Controller('orders')
class OrdersController {
  constructor(@Inject('OrderRepository') private readonly orders: Repository<Order>) {}

  @Post()
  @IdempotencyKey({ transactional: true })
  create(@Body() { item }: { item: string }) {
    return this.orders.save({ item });
  }
}

const url = process.env['DATABASE_URL'] ?? '';

/** In an application of yours: `TypeOrmModule.forRootAsync({ useFactory, dataSourceFactory })` and `forFeature([Order])`. */
@Module({
  providers: [
    {
      provide: DataSource,
      useFactory: async () =>
        joining(await new DataSource({ type: 'postgres', url, entities: [Order], poolSize: 20 }).initialize()),
    },
    { provide: 'OrderRepository', inject: [DataSource], useFactory: (source: DataSource) => source.getRepository(Order) },
  ],
  exports: [DataSource, 'OrderRepository'],
})
class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async onApplicationShutdown() {
    await this.dataSource.destroy();
  }
}

@Module({
  imports: [
    DatabaseModule,
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
