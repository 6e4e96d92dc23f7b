/** For TypeORM: handlers get the `EntityManager` of the transaction. */
import { kinds, shared } from '@nestjs-idempotency/core';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { guard, type PoolLike } from './guarded-pool.js';
import { type Borrower, NestedTransactions } from './nested.js';
import { WrongSourceError } from './one-connection.js';
import { checkDialect, checkTool } from './options.js';
import { transactionOf } from './shared-transaction.js';
import { afterSiblings } from './side-by-side.js';
import type { DriverConnection, Row, SqlClient, SqlSource } from './sql-client.js';
import { LEVEL } from './transaction-options.js';

type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

const ISOLATION: kinds.KindsOf<{ readonly isolation?: Isolation }> = {
  isolation: LEVEL.large,
};
const METHODS = ['query', 'transaction', 'createQueryRunner'];

/** Shares transactions of `dataSource`, which must be of type `postgres` and initialised before the first request. */
export function fromDataSource(
  dataSource: DataSource,
  options: { readonly isolation?: Isolation } = {},
): SqlSource<EntityManager> {
  checkTool('fromDataSource(new DataSource({ … }))', dataSource, METHODS);
  checkType('fromDataSource', dataSource);
  const { isolation } = kinds.optionsOf('fromDataSource', options, ISOLATION);
  return {
    ...clientOf(dataSource),
    of: dataSource,
    async transaction(work) {
      checkInitialised(dataSource);
      const run = (manager: EntityManager) => work(clientOf(manager), manager);
      return isolation === undefined ? dataSource.transaction(run) : dataSource.transaction(isolation, run);
    },
  };
}

const checkType = (from: string, dataSource: DataSource): void => {
  const { type } = (dataSource.options as { readonly type?: unknown } | undefined) ?? {};
  checkDialect(from, type, ['postgres'], "give a DataSource of `type: 'postgres'`");
};

/** A DataSource may be given before it is initialised, but not used: TypeORM would say of it only that it has no driver, or less. */
function checkInitialised(runner: DataSource | EntityManager): void {
  if (!('isInitialized' in runner) || runner.isInitialized) return;
  throw new WrongSourceError(
    'postgres: the DataSource is not initialised: initialise it, by `await dataSource.initialize()`, before the application starts.',
  );
}

/** How to run statements on it. TypeORM gives rows for a SELECT, but `[rows, count]` for an UPDATE or DELETE. */
export const clientOf = (runner: DataSource | EntityManager): SqlClient => ({
  async query(text, values) {
    checkInitialised(runner);
    const given: unknown = await runner.query(text, [...values]);
    if (!Array.isArray(given)) return { rows: [] };
    const isPair = given.length === 2 && Array.isArray(given[0]) && typeof given[1] === 'number';
    return { rows: (isPair ? given[0] : given) as readonly Row[] };
  },
  connection() {
    if (!('queryRunner' in runner)) return undefined;
    // There is none before the data source is initialised.
    const { master } = runner.connection.driver as { master?: PoolLike };
    if (master) guard(master);
    return runner.queryRunner?.connect() as Promise<DriverConnection>;
  },
});

const joined = shared('postgres:joined', () => new WeakSet<DataSource>());

/**
 * Makes `dataSource`, its manager and its repositories, also those that `TypeOrmModule.forFeature` injects, join the transaction of
 * a transactional request, and gives it back. All of them ask it for a query runner, which is the request's own there;
 * `transaction` is a savepoint then, and waits for those that were begun beside it. Elsewhere nothing changes.
 */
export function joining<Source extends DataSource>(dataSource: Source): Source {
  checkTool('joining(dataSource)', dataSource, METHODS);
  checkType('joining', dataSource);
  if (joined.has(dataSource)) return dataSource;
  joined.add(dataSource);
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const manager = transactionOf(dataSource) as EntityManager | undefined;
    return manager?.queryRunner ? lent(manager.queryRunner) : create(mode);
  };
  const { manager } = dataSource as { readonly manager: { transaction: (...given: unknown[]) => Promise<unknown> } };
  const transact = manager.transaction.bind(manager);
  manager.transaction = (...given) => {
    const tx = transactionOf(dataSource) as object | undefined;
    return tx ? afterSiblings(tx, () => transact(...given)) : transact(...given);
  };
  return dataSource;
}

const nestedOn = shared('postgres:nested', () => new WeakMap<QueryRunner, NestedTransactions<void>>());

/** The query runner of the request, which who borrows it does not give back; it ends the transactions that it began, and no other. */
function lent(runner: QueryRunner): QueryRunner {
  const nested = nestedOn.get(runner) ?? new NestedTransactions<void>(savepointsOf(runner));
  nestedOn.set(runner, nested);
  const borrower: Borrower = { isUndone: false };
  const own: Partial<QueryRunner> = {
    release: () => Promise.resolve(),
    startTransaction: async () => nested.begin(borrower),
    commitTransaction: async () => nested.commit(borrower) ?? unbegun(),
    rollbackTransaction: async () => nested.rollback(borrower) ?? unbegun(),
  };
  return new Proxy(runner, {
    get: (target, name) => (own as Record<PropertyKey, unknown>)[name] ?? (Reflect.get(target, name) as unknown),
  });
}

/** TypeORM counts how deep it is, and names its savepoints by that: what was begun within is to be undone first. */
const savepointsOf = (runner: QueryRunner) => ({
  begin: () => runner.startTransaction(),
  release: () => runner.commitTransaction(),
  async undo(_name: string, open: number): Promise<void> {
    for (let left = open; left > 0; left--) await runner.rollbackTransaction();
  },
});

/** TypeORM itself would end the request's transaction here. */
const unbegun = (): Promise<void> =>
  Promise.reject(
    new Error(
      'This query runner began no transaction, and that of the request is ended by the library: throw to undo all of it.',
    ),
  );
