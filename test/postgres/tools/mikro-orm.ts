/** MikroORM. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromEntityManager } from '@nestjs-idempotency/postgres/mikro-orm';
import { EntitySchema, IsolationLevel, MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import type { Tool } from './tool.js';

interface Effect {
  id: string;
  name: string;
}

const effectSchema = new EntitySchema<Effect>({
  name: 'Effect',
  tableName: 'effects',
  properties: { id: { type: 'bigint', primary: true, autoincrement: true }, name: { type: 'text' } },
});

const tx = (): EntityManager => currentTransaction<EntityManager>();

export const mikroOrmTool: Tool = {
  name: 'MikroORM',
  async open({ url }) {
    const orm = await MikroORM.init({ clientUrl: url, entities: [effectSchema], pool: { max: 11 }, allowGlobalContext: true });
    return {
      source: fromEntityManager(orm.em),
      serializable: fromEntityManager(orm.em, { isolationLevel: IsolationLevel.SERIALIZABLE }),
      // Not flushed: it goes out with the unit of work, before the answer is kept.
      async effect(name) {
        tx().persist(tx().create(effectSchema, { name } as Effect));
      },
      look: () => tx().count(effectSchema),
      close: () => orm.close(true),
    };
  },
};
