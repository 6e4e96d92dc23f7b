/** The transaction that a request's claim, its handler's writes and its record share, found through the async context. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { shared } from '@nestjs-idempotency/core';
import { over } from './over.js';
import { Session } from './session.js';
import type { SqlClient, SqlSource } from './sql-client.js';

/** The transaction as the server knows it. */
export interface ServerTransaction {
  readonly id: string;
  /** The process of the server that runs it. */
  readonly pid: number;
}

/** One running transaction. */
export class SharedTransaction {
  /** False once it was committed or rolled back: what still runs then would write outside of it. */
  isOpen = true;
  /** Whether the application asked for it, or cannot help being in it. */
  isAsked: boolean;
  /** Found to be no longer the transaction in which the slot was opened: the work ended that one itself. */
  isAnother = false;
  /** Known once a slot was opened in it. */
  server: ServerTransaction | undefined;
  #session: Session | undefined;

  constructor(
    readonly source: SqlSource,
    readonly sql: SqlClient,
    /** What the application's tool gives to those who work in it. */
    readonly tx: unknown,
  ) {
    this.isAsked = source.joinsByItself ?? false;
  }

  /** The connection under it, as far as it can be seen. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Watches the connection from now on, if the tool shows it by now. */
  async watch(): Promise<void> {
    const connection = this.#session ? undefined : await this.sql.connection?.(this.server?.pid);
    if (connection) this.#session = new Session(connection);
  }

  async knownAs(server: ServerTransaction): Promise<void> {
    this.server = server;
    await this.watch();
  }

  /** Gives the transaction to who asks for it. */
  ask(): unknown {
    if (!this.isOpen) throw over();
    this.isAsked = true;
    return this.tx;
  }
}

/** One for all copies of this package: handlers may ask another one than the one that the backend is of. */
const current = shared('postgres:current', () => new AsyncLocalStorage<SharedTransaction | undefined>());

/** Runs `work` inside of `shared`. */
export const inside = <T>(shared: SharedTransaction, work: () => T): T => current.run(shared, work);

/**
 * Runs `work` apart from the request's transaction: `joining` gives the tool itself there, and writes are committed at once, whatever
 * becomes of the request. For an audit trail, or work that goes on after the handler has ended.
 */
export function outsideTransaction<T>(work: () => T): T {
  return current.run(undefined, work);
}

/** The transaction of `source` that this code runs in, if it is still open. */
export function sharedInside(source: SqlSource): SharedTransaction | undefined {
  const shared = current.getStore();
  return shared?.isOpen === true && shared.source === source ? shared : undefined;
}

/** The transaction of the tool `db` that this code runs in, or ran in while it was open; `undefined` where there is none. */
export function sharedOf(db: object): SharedTransaction | undefined {
  const shared = current.getStore();
  return shared?.source.of === db ? shared : undefined;
}

/** What the tool `db` gives to those who work in the transaction that this code runs in. Throws after its end. */
export const transactionOf = (db: object): unknown => sharedOf(db)?.ask();

/**
 * What the application's tool gives to those who work in the request's transaction: a `pg` client, an `EntityManager`, …
 * Writes through it are committed with the answer, or not at all. Throws outside of a transactional route, and after its end.
 */
export function currentTransaction<Tx>(): Tx {
  const shared = current.getStore();
  if (!shared) throw new Error('There is no idempotency transaction here: set `transactional: true` for this route.');
  return shared.ask() as Tx;
}

/** The same, or `undefined` where there is no transaction: for handlers that also serve requests without a key. */
export function currentTransactionIfAny<Tx>(): Tx | undefined {
  return current.getStore() && currentTransaction<Tx>();
}
