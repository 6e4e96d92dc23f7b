/** Orders with Prisma. */
import { Body, Controller, Inject, Module, type OnApplicationShutdown, Post } from '@nestjs/common';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fromPrisma, joining } from '@nestjs-idempotency/postgres/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Client } from 'pg';
import { PrismaClient } from './generated/prisma/client.js';

const connectionString = process.env['DATABASE_URL'] ?? '';
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 20 }) });
const source = fromPrisma(prisma, { maxWait: 5_000, timeout: 30_000 });
const backend = new PostgresBackend(source, { listen: () => new Client({ connectionString }) });

@Controller('orders')
class OrdersController {
  constructor(@Inject(PrismaClient) private readonly prisma: PrismaClient) {}

  @Post()
  @IdempotencyKey({ transactional: true })
  create(@Body() { item }: { item: string }) {
    return this.prisma.order.create({ data: { item } });
  }
}

@Module({
  imports: [IdempotencyModule.forRoot({ profile: 'ietf', backend })],
  providers: [{ provide: PrismaClient, useValue: joining(prisma) }],
  controllers: [OrdersController],
})
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown() {
    await backend.close();
    await prisma.$disconnect();
  }
}
