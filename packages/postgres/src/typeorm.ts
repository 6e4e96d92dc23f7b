/** For TypeORM: handlers get the `EntityManager` of the transaction. */
import type { DataSource, EntityManager } from 'typeorm';
import type { Row, SqlClient, SqlSource } from './sql-client.js';

type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** Shares transactions of `dataSource`, which must be of type `postgres` and initialised before the first request. */
export function fromDataSource(
  dataSource: DataSource,
  { isolation }: { readonly isolation?: Isolation } = {},
): SqlSource<EntityManager> {
  return {
    ...clientOf(dataSource),
    transaction(work) {
      const run = (manager: EntityManager) => work(clientOf(manager), manager);
      return isolation === undefined ? dataSource.transaction(run) : dataSource.transaction(isolation, run);
    },
  };
}

/** How to run statements on it. TypeORM gives rows for a SELECT, but `[rows, count]` for an UPDATE or DELETE. */
export const clientOf = (runner: DataSource | EntityManager): SqlClient => ({
  async query(text, values) {
    const given: unknown = await runner.query(text, [...values]);
    if (!Array.isArray(given)) return { rows: [] };
    const isPair = given.length === 2 && Array.isArray(given[0]) && typeof given[1] === 'number';
    return { rows: (isPair ? given[0] : given) as readonly Row[] };
  },
});
