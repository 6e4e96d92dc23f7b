/** For TypeORM: handlers get the `EntityManager` of the transaction. */
import { shared } from '@nestjs-idempotency/core';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { transactionOf } from './shared-transaction.js';
import type { DriverConnection, Row, SqlClient, SqlSource } from './sql-client.js';

type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** Shares transactions of `dataSource`, which must be of type `postgres` and initialised before the first request. */
export function fromDataSource(
  dataSource: DataSource,
  { isolation }: { readonly isolation?: Isolation } = {},
): SqlSource<EntityManager> {
  return {
    ...clientOf(dataSource),
    of: dataSource,
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
  connection: () => ('queryRunner' in runner ? (runner.queryRunner?.connect() as Promise<DriverConnection>) : undefined),
});

const joined = shared('postgres:joined', () => new WeakSet<DataSource>());

/**
 * Makes `dataSource`, its manager and its repositories, also those that `TypeOrmModule.forFeature` injects, join the transaction of
 * a transactional request, and gives it back. All of them ask it for a query runner, which is the request's own there;
 * `transaction` is a savepoint then. Elsewhere nothing changes.
 */
export function joining<Source extends DataSource>(dataSource: Source): Source {
  if (joined.has(dataSource)) return dataSource;
  joined.add(dataSource);
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const manager = transactionOf(dataSource) as EntityManager | undefined;
    return manager?.queryRunner ? lent(manager.queryRunner) : create(mode);
  };
  return dataSource;
}

/** The query runner of the request, which who borrows it does not give back. */
const lent = (runner: QueryRunner): QueryRunner =>
  new Proxy(runner, {
    get: (target, name) => (name === 'release' ? () => Promise.resolve() : (Reflect.get(target, name) as unknown)),
  });
