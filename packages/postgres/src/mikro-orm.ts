/** For MikroORM: handlers get the `EntityManager` of the transaction. */
import type { TransactionOptions, TransactionPropagation } from '@mikro-orm/core';
import { IdempotencyHandlerError, kinds } from '@nestjs-idempotency/core';
import { isConflict } from './conflict.js';
import { joiningWith, originalOf } from './joining.js';
import { connectionUnder, guardPoolOf, type Pooled } from './mikro-orm-connection.js';
import { checkDialect, checkTool } from './options.js';
import { withQuestionMarks } from './placeholders.js';
import { isRefusal } from './postgres-error.js';
import type { Row, SqlClient, SqlSource } from './sql-client.js';
import { LEVEL, only, ownEach, writing } from './transaction-options.js';

/** What of the entity manager of `@mikro-orm/postgresql` is used; its own type is generic over the driver. */
interface SqlEntityManager {
  flush(): Promise<void>;
  getTransactionContext(): unknown;
  getConnection(type?: 'write'): Pooled & {
    execute(text: string, values: unknown[], method: 'all', tx?: never): Promise<unknown>;
  };
  transactional<T>(work: (em: this) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/** In a transaction that is not its own the request could not commit; and it sees the database, not what was loaded before. */
const ON_ITS_OWN = { propagation: 'requires_new' as TransactionPropagation.REQUIRES_NEW, clear: true };

/** What version 7 has besides. */
interface Later {
  readonly signal?: unknown;
  readonly inflightQueryAbortStrategy?: unknown;
  readonly sessionContext?: unknown;
}

const OBJECT = kinds.kind('an object', kinds.isObject);
const KINDS: kinds.KindsOf<TransactionOptions & Later> = {
  isolationLevel: LEVEL.small,
  readOnly: writing(false),
  propagation: only(ON_ITS_OWN.propagation, 'in a transaction that is not its own the request could not commit'),
  ctx: ownEach,
  clear: kinds.bool,
  flushMode: kinds.oneOf(['commit', 'auto', 'always']),
  ignoreNestedTransactions: kinds.bool,
  loggerContext: OBJECT,
  signal: OBJECT,
  inflightQueryAbortStrategy: kinds.text,
  sessionContext: OBJECT,
};
const METHODS = ['flush', 'transactional', 'getConnection'];

/** Shares transactions of `em`, the entity manager of `@mikro-orm/postgresql`. What a handler persists is flushed before its answer is kept. */
export function fromEntityManager<Em extends SqlEntityManager>(given: Em, options: TransactionOptions = {}): SqlSource<Em> {
  checkTool('fromEntityManager(orm.em)', given, METHODS);
  kinds.optionsOf('fromEntityManager', options, KINDS);
  const em = originalOf(given);
  checkDialect('fromEntityManager', dialectOf(em), ['PostgreSql'], 'give that of `@mikro-orm/postgresql`');
  return {
    query: (text, values) => executing(em, text, values),
    of: em,
    // The entity manager and the repositories of an application find it by a context of MikroORM's own.
    joinsByItself: true,
    async transaction(work) {
      await guardPoolOf(em.getConnection('write'));
      return em.transactional((tx) => work(flushing(tx), tx), { ...ON_ITS_OWN, ...options });
    },
  };
}

/** By the name of its platform; those that are not of MikroORM itself may be for any database. */
function dialectOf(em: object): string | undefined {
  const { getPlatform } = em as { readonly getPlatform?: () => object };
  const name = getPlatform?.call(em).constructor.name ?? '';
  return /^(PostgreSql|MySql|MariaDb|Sqlite|BetterSqlite|LibSql|MsSql|Mongo|Oracle)Platform$/.exec(name)?.[1];
}

/** How to run statements on it, in its transaction if it is in one. */
export const clientOf = (em: SqlEntityManager): SqlClient => ({
  query: (text, values) => executing(em, text, values, em.getTransactionContext()),
  async connection(pid) {
    const [pooled, trx] = [em.getConnection('write'), em.getTransactionContext()];
    if (trx !== undefined && trx !== null) return connectionUnder(pooled, trx, pid);
    // A transaction that is begun next runs on a connection of it.
    await guardPoolOf(pooled);
    return undefined;
  },
});

/** Outside of any transaction unless one is given: the entity manager of an application finds the one in which it is called. */
async function executing(
  em: SqlEntityManager,
  text: string,
  values: readonly unknown[],
  tx?: unknown,
): Promise<{ rows: readonly Row[] }> {
  const asked = withQuestionMarks(text, values);
  const rows = await em.getConnection().execute(asked.text, asked.values, 'all', tx as never);
  return { rows: rows as readonly Row[] };
}

/** Sends what is pending first: a constraint that fails at the last flush would come after the answer had been kept. */
const flushing = (em: SqlEntityManager): SqlClient => ({
  ...clientOf(em),
  async query(text, values) {
    try {
      await em.flush();
    } catch (error) {
      if (isConflict(error) || !isRefusal(error)) throw error;
      const message = 'The database refused what the handler had persisted, when it was flushed: all of it is rolled back.';
      throw new IdempotencyHandlerError(message, { cause: error });
    }
    return clientOf(em).query(text, values);
  },
});

/**
 * A fork of the entity manager for services to inject: in a transactional request it is its transaction, elsewhere itself. The one
 * that `@mikro-orm/nestjs` injects, and the repositories, need it not: MikroORM itself gives them the transaction that they run in.
 */
export function joining<Em extends SqlEntityManager>(em: Em): Em {
  checkTool('joining(orm.em)', em, METHODS);
  return joiningWith(em, { joins: (name) => name !== 'then' });
}
