/** For Knex: handlers get the `Knex.Transaction`. */
import type { Knex } from 'knex';
import type { SqlClient, SqlSource } from './sql-client.js';
import { withQuestionMarks } from './placeholders.js';

/** Shares transactions of `knex`, which must be of client `pg`. `options` are those of `knex.transaction`. */
export function fromKnex(knex: Knex, options: Knex.TransactionConfig = {}): SqlSource<Knex.Transaction> {
  return {
    ...clientOf(knex),
    // Without doNotRejectOnRollback: false Knex resolves when the application rolls back by hand.
    transaction: (work) => knex.transaction((trx) => work(clientOf(trx), trx), { doNotRejectOnRollback: false, ...options }),
  };
}

/** How to run statements on it, or on one of its transactions. */
export const clientOf = (knex: Knex): SqlClient => ({
  async query(text, values) {
    const asked = withQuestionMarks(text, values);
    return knex.raw(asked.text, asked.values as Knex.RawBinding[]);
  },
});
