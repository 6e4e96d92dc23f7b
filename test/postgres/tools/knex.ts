/** Knex. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromKnex, joining } from '@nestjs-idempotency/postgres/knex';
import createKnex, { type Knex } from 'knex';
import { intended, type Tool, undone } from './tool.js';

const tx = (): Knex.Transaction => currentTransaction<Knex.Transaction>();

export const knexTool: Tool = {
  name: 'Knex',
  async open({ url }) {
    const knex = createKnex({ client: 'pg', connection: url, pool: { min: 0, max: 11 } });
    const joined = joining(knex);
    return {
      source: fromKnex(knex),
      serializable: fromKnex(knex, { isolationLevel: 'serializable' }),
      async effect(name) {
        await tx()('effects').insert({ name });
      },
      look: () => tx()('effects').count(),
      hold() {
        const held = tx();
        return (statement) => held.raw(statement);
      },
      joined: {
        add: (name) => joined('effects').insert({ name }),
        addAndFail: (name) =>
          undone(
            joined.transaction(async (own) => {
              await own('effects').insert({ name });
              throw intended;
            }),
          ),
      },
      close: () => knex.destroy(),
    };
  },
};
