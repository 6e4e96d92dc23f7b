/** TypeORM. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromDataSource } from '@nestjs-idempotency/postgres/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { Tool } from './tool.js';
import { effectSchema } from './typeorm-entity.js';

const tx = (): EntityManager => currentTransaction<EntityManager>();

export const typeormTool: Tool = {
  name: 'TypeORM',
  async open({ url }) {
    const dataSource = new DataSource({ type: 'postgres', url, entities: [effectSchema], poolSize: 11 });
    await dataSource.initialize();
    return {
      source: fromDataSource(dataSource),
      serializable: fromDataSource(dataSource, { isolation: 'SERIALIZABLE' }),
      async effect(name) {
        await tx().save(effectSchema, { name });
      },
      look: () => tx().count(effectSchema),
      close: () => dataSource.destroy(),
    };
  },
};
