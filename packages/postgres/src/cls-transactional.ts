/** For `@nestjs-cls/transactional`: handlers and their services find the transaction where they always do, in the `TransactionHost`. */
import type { Propagation } from '@nestjs-cls/transactional';
import { checkTool } from './options.js';
import type { SqlClient, SqlSource } from './sql-client.js';

/** What of a `TransactionHost` is used. */
export interface TransactionHostLike<Tx> {
  /** The running transaction, or the tool itself where there is none. */
  readonly tx: Tx;
  isTransactionActive(): boolean;
  withTransaction<R>(propagation: Propagation, work: () => Promise<R>): Promise<R>;
}

/**
 * Shares transactions of `host`. `clientOf` says how to run statements on what its adapter calls a transaction: take the function of
 * that name from the module of the same tool here. Always begins a new transaction: in one that is not its own it could not commit.
 */
export function fromTransactionHost<Tx>(
  host: TransactionHostLike<Tx>,
  clientOf: (tx: Tx) => SqlClient,
  ...more: never[]
): SqlSource<Tx> {
  checkTool('fromTransactionHost(host, clientOf)', host, ['withTransaction', 'isTransactionActive']);
  checkTool('fromTransactionHost(host, clientOf)', { clientOf }, ['clientOf']);
  // Otherwise an isolation level would be lost without a word.
  if (more.length > 0)
    throw new TypeError(
      'fromTransactionHost takes no options: give them to the adapter of your TransactionHost, as its `defaultTxOptions`.',
    );
  /** The tool itself, also where it is asked from inside of a transaction. */
  const apart = <R>(work: (tool: SqlClient) => Promise<R>): Promise<R> => {
    const ask = () => work(clientOf(host.tx));
    return host.isTransactionActive() ? host.withTransaction('NOT_SUPPORTED' as Propagation.NotSupported, ask) : ask();
  };
  return {
    joinsByItself: true,
    // What stands by itself is committed at once.
    query: (text, values) => apart((tool) => tool.query(text, values)),
    async transaction(work) {
      // Asked for the tool and for its connection, which is none, `clientOf` guards its pool, which a transaction does not know.
      await apart(async (tool) => tool.connection?.());
      return host.withTransaction('REQUIRES_NEW' as Propagation.RequiresNew, () => work(clientOf(host.tx), host.tx));
    },
  };
}
