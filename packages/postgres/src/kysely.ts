/** For Kysely: handlers get the `Transaction`. */
import { kinds } from '@nestjs-idempotency/core';
import { CompiledQuery, type IsolationLevel, type Kysely, type Transaction } from 'kysely';
import { guard, type GuardedPool, type PoolLike } from './guarded-pool.js';
import { joiningWith, originalOf } from './joining.js';
import { isPool, oneConnection, refuseClient } from './one-connection.js';
import { checkDialect, checkTool } from './options.js';
import { over } from './over.js';
import { afterSiblings } from './side-by-side.js';
import type { Row, SqlClient, SqlSource } from './sql-client.js';
import { LEVEL } from './transaction-options.js';

export interface KyselyOptions {
  /** The `pg` Pool that its dialect was given. Kysely hides it, and a connection that breaks unheard would end the process. */
  readonly pool: PoolLike;
  /** Postgres has no `snapshot`: its `repeatable read` is that. */
  readonly isolation?: Exclude<IsolationLevel, 'snapshot'>;
}

const KINDS: kinds.KindsOf<KyselyOptions> = {
  pool: kinds.withMethods('on'),
  isolation: LEVEL.small,
};
const METHODS = ['executeQuery', 'transaction'];
const FROM = 'fromKysely(new Kysely({ … }), { pool })';

/** Shares transactions of `db`, which must be of the PostgreSQL dialect. Throws a `TypeError` where no pool is given. */
export function fromKysely<DB>(given: Kysely<DB>, options: KyselyOptions): SqlSource<Transaction<DB>> {
  checkTool(FROM, given, METHODS);
  if (isPool(options)) throw new TypeError(`fromKysely was given the pool in the place of its options: write \`${FROM}\`.`);
  // Callers of version 0.1 gave none.
  const { pool, isolation } = kinds.optionsOf(
    'fromKysely',
    (options as KyselyOptions | undefined) ?? ({} as KyselyOptions),
    KINDS,
  );
  if ((pool as PoolLike | undefined) === undefined)
    throw new TypeError('postgres: give fromKysely the pool of its dialect: fromKysely(db, { pool }).');
  const db = originalOf(given);
  checkDialect('fromKysely', dialectOf(db), ['Postgres'], 'give one of the PostgresDialect');
  if (db.isTransaction) throw oneConnection('a transaction of Kysely', 'Give the Kysely that it was begun on.');
  refuseClient(pool, 'Give a Pool, to the dialect and here.');
  const guarded = guard(pool);
  return {
    ...clientOf(db),
    of: db,
    transaction(work) {
      const transaction = db.transaction();
      return (isolation === undefined ? transaction : transaction.setIsolationLevel(isolation)).execute((trx) =>
        work({ ...clientOf(trx), connection: (pid) => found(guarded, pid) }, trx),
      );
    },
  };
}

/** By the name of the adapter of its dialect; those that are not of Kysely itself may be for any database. */
function dialectOf(db: object): string | undefined {
  const { getExecutor } = db as { readonly getExecutor?: () => { readonly adapter?: object } };
  const name = getExecutor?.call(db).adapter?.constructor.name ?? '';
  return /^(Postgres|Mysql|Mssql|Sqlite)Adapter$/.exec(name)?.[1];
}

/** How to run statements on it, or on one of its transactions. */
export function clientOf<DB>(db: Kysely<DB>): SqlClient {
  // They are made for the statements of the application, and rename columns.
  const plain = db.withoutPlugins();
  return { query: (text, values) => plain.executeQuery<Row>(CompiledQuery.raw(text, [...values])) };
}

const OWN = new Set(['destroy', 'then']);

/** Kysely for services to inject: in a transactional request it is its transaction, elsewhere itself. `transaction()` is a savepoint there. */
export function joining<DB>(db: Kysely<DB>): Kysely<DB> {
  checkTool('joining(db)', db, METHODS);
  return joiningWith(db, {
    joins: (name) => !OWN.has(name),
    late: (trx) => refusing(trx as Transaction<DB>),
    instead: (trx, name) => (name === 'transaction' ? () => nested(trx as Transaction<DB>) : undefined),
  });
}

/** A transaction that is over, whose queries can be built and reject when they are executed. */
function refusing<DB>(trx: Transaction<DB>): Transaction<DB> {
  const refused = trx.withPlugin({
    transformQuery() {
      throw over();
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  return Object.assign(refused, { executeQuery: () => Promise.reject(over()) });
}

/** Kysely begins no transaction in a transaction. */
function nested<DB>(trx: Transaction<DB>) {
  const say = (text: string): Promise<unknown> => trx.executeQuery(CompiledQuery.raw(text));
  const builder = {
    setIsolationLevel: () => builder,
    setAccessMode: () => builder,
    execute: <T>(work: (trx: Transaction<DB>) => Promise<T>): Promise<T> => afterSiblings(trx, () => run(work)),
  };
  const run = async <T>(work: (trx: Transaction<DB>) => Promise<T>): Promise<T> => {
    const name = `joined_${(savepoints = (savepoints + 1) % 1_000_000)}`;
    await say(`SAVEPOINT ${name}`);
    try {
      const done = await work(trx);
      await say(`RELEASE SAVEPOINT ${name}`);
      return done;
    } catch (error) {
      await say(`ROLLBACK TO SAVEPOINT ${name}`);
      throw error;
    }
  };
  return builder;
}

let savepoints = 0;

const found = (guarded: GuardedPool, pid: number | undefined) => (pid === undefined ? undefined : guarded.find(pid));
