/** Knex. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromKnex } from '@nestjs-idempotency/postgres/knex';
import createKnex, { type Knex } from 'knex';
import type { Tool } from './tool.js';

const tx = (): Knex.Transaction => currentTransaction<Knex.Transaction>();

export const knexTool: Tool = {
  name: 'Knex',
  async open({ url }) {
    const knex = createKnex({ client: 'pg', connection: url, pool: { min: 0, max: 11 } });
    return {
      source: fromKnex(knex),
      serializable: fromKnex(knex, { isolationLevel: 'serializable' }),
      async effect(name) {
        await tx()('effects').insert({ name });
      },
      look: () => tx()('effects').count(),
      close: () => knex.destroy(),
    };
  },
};
