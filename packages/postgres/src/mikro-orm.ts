/** For MikroORM: handlers get the `EntityManager` of the transaction. */
import type { TransactionOptions, TransactionPropagation } from '@mikro-orm/core';
import { withQuestionMarks } from './placeholders.js';
import type { Row, SqlClient, SqlSource } from './sql-client.js';

/** What of the entity manager of `@mikro-orm/postgresql` is used; its own type is generic over the driver. */
interface SqlEntityManager {
  flush(): Promise<void>;
  getTransactionContext(): unknown;
  getConnection(): { execute(text: string, values: unknown[], method: 'all', tx?: never): Promise<unknown> };
  transactional<T>(work: (em: this) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/** In a transaction that is not its own the request could not commit; and it sees the database, not what was loaded before. */
const ON_ITS_OWN = { propagation: 'requires_new' as TransactionPropagation.REQUIRES_NEW, clear: true };

/** Shares transactions of `em`, the entity manager of `@mikro-orm/postgresql`. What a handler persists is flushed before its answer is kept. */
export function fromEntityManager<Em extends SqlEntityManager>(em: Em, options: TransactionOptions = {}): SqlSource<Em> {
  return {
    ...clientOf(em),
    transaction: (work) => em.transactional((tx) => work(flushing(tx), tx), { ...ON_ITS_OWN, ...options }),
  };
}

/** How to run statements on it, in its transaction if it is in one. */
export const clientOf = (em: SqlEntityManager): SqlClient => ({
  async query(text, values) {
    const asked = withQuestionMarks(text, values);
    const rows = await em.getConnection().execute(asked.text, asked.values, 'all', em.getTransactionContext() as never);
    return { rows: rows as readonly Row[] };
  },
});

/** Sends what is pending first: a constraint that fails at the last flush would come after the answer had been kept. */
const flushing = (em: SqlEntityManager): SqlClient => ({
  async query(text, values) {
    await em.flush();
    return clientOf(em).query(text, values);
  },
});
