/** `@nestjs-cls/transactional` over TypeORM, in a Nest context of its own. */
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClsPluginTransactional,
  InjectTransaction,
  type Propagation,
  type Transaction,
  Transactional,
  TransactionHost,
} from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { fromTransactionHost } from '@nestjs-idempotency/postgres/cls-transactional';
import { clientOf } from '@nestjs-idempotency/postgres/typeorm';
import { ClsModule } from 'nestjs-cls';
import { DataSource } from 'typeorm';
import type { Tool } from './tool.js';
import { effectSchema } from './typeorm-entity.js';

/** A service that knows nothing of idempotency. */
@Injectable()
class Effects {
  constructor(@InjectTransaction() private readonly tx: Transaction<TransactionalAdapterTypeOrm>) {}

  @Transactional()
  async add(name: string): Promise<void> {
    await this.tx.save(effectSchema, { name });
  }

  say(statement: string): Promise<unknown> {
    return this.tx.query(statement);
  }

  count(): Promise<number> {
    return this.tx.count(effectSchema);
  }
}

export const clsTransactionalTool: Tool = {
  name: '@nestjs-cls/transactional',
  async open({ url }) {
    const dataSource = new DataSource({ type: 'postgres', url, entities: [effectSchema], poolSize: 11 });
    await dataSource.initialize();

    @Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })
    class DatabaseModule {}

    const adapter = new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource });
    const plugin = new ClsPluginTransactional({ imports: [DatabaseModule], adapter, enableTransactionProxy: true });

    @Module({ imports: [ClsModule.forRoot({ global: true, plugins: [plugin] })], providers: [Effects] })
    class AppModule {}

    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    const host = app.get<TransactionHost<TransactionalAdapterTypeOrm>>(TransactionHost);
    const effects = app.get(Effects);
    const strict = {
      get tx() {
        return host.tx;
      },
      isTransactionActive: () => host.isTransactionActive(),
      withTransaction: <R>(propagation: Propagation, work: () => Promise<R>) =>
        host.withTransaction(propagation, { isolationLevel: 'SERIALIZABLE' }, work),
    };
    return {
      source: fromTransactionHost(host, clientOf),
      serializable: fromTransactionHost(strict, clientOf),
      effect: (name) => effects.add(name),
      look: () => effects.count(),
      hold: () => (statement) => effects.say(statement),
      joined: { add: (name) => effects.add(name), addAndFail: () => Promise.resolve() },
      async close() {
        await app.close();
        await dataSource.destroy();
      },
    };
  },
};
