/** MikroORM. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromEntityManager, joining } from '@nestjs-idempotency/postgres/mikro-orm';
import { EntitySchema, IsolationLevel, MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { intended, type Tool, undone } from './tool.js';

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
    const joined = joining(orm.em);
    return {
      source: fromEntityManager(orm.em),
      serializable: fromEntityManager(orm.em, { isolationLevel: IsolationLevel.SERIALIZABLE }),
      // Not flushed: it goes out with the unit of work, before the answer is kept.
      async effect(name) {
        tx().persist(tx().create(effectSchema, { name } as Effect));
      },
      look: () => tx().count(effectSchema),
      hold() {
        const held = tx();
        return (statement) => held.execute(statement);
      },
      joined: {
        async add(name) {
          joined.persist(joined.create(effectSchema, { name } as Effect));
          await joined.flush();
        },
        addAndFail: (name) =>
          undone(
            joined.transactional(async (own) => {
              own.persist(own.create(effectSchema, { name } as Effect));
              await own.flush();
              throw intended;
            }),
          ),
      },
      close: () => orm.close(true),
    };
  },
};
