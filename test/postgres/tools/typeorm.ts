/** TypeORM. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromDataSource, joining } from '@nestjs-idempotency/postgres/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { intended, type Tool, undone } from './tool.js';
import { effectSchema } from './typeorm-entity.js';

const tx = (): EntityManager => currentTransaction<EntityManager>();

export const typeormTool: Tool = {
  name: 'TypeORM',
  async open({ url }) {
    const dataSource = new DataSource({ type: 'postgres', url, entities: [effectSchema], poolSize: 11 });
    await dataSource.initialize();
    const joined = joining(dataSource);
    // As `TypeOrmModule.forFeature` makes what it injects.
    const repository = joined.getRepository(effectSchema);
    return {
      source: fromDataSource(dataSource),
      serializable: fromDataSource(dataSource, { isolation: 'SERIALIZABLE' }),
      async effect(name) {
        await tx().save(effectSchema, { name });
      },
      look: () => tx().count(effectSchema),
      hold() {
        const held = tx();
        return (statement) => held.query(statement);
      },
      joined: {
        add: (name) => repository.save({ name }),
        addAndFail: (name) =>
          undone(
            joined.transaction(async (own) => {
              await own.getRepository(effectSchema).save({ name });
              throw intended;
            }),
          ),
      },
      close: () => dataSource.destroy(),
    };
  },
};
