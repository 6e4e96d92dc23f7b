/** Storage and lock in one table and one trip; and the request's own transaction, where the route asks for it. */
import {
  type IdempotencyBackend,
  IdempotencyConflictError,
  type Lease,
  type Opened,
  type Saved,
  type StoredRecord,
  type Watch,
} from '@nestjs-idempotency/core';
import { Asking, type AskingOptions } from './asking.js';
import { checkServer } from './check.js';
import { isAborted, isConflict } from './conflict.js';
import type { ListenOptions } from './listen-connection.js';
import { Listener } from './listener.js';
import { type NameOptions, namesOf } from './names.js';
import { Purger, type PurgeOptions } from './purger.js';
import { connectionInside, shareTransaction } from './shared-transaction.js';
import { SlotTable } from './slot-table.js';
import type { SqlClient, SqlSource } from './sql-client.js';

export interface PostgresBackendOptions extends NameOptions, AskingOptions, ListenOptions, PurgeOptions {
  /** How long a transactional request waits for a connection before it is refused as unavailable. Default 5,000. */
  readonly startMs?: number;
}

/**
 * Plain routes take leases by the database's clock, in autonomous statements. Transactional routes share one transaction with their
 * handler: effect and record commit together or not at all. The pool is the application's: `close` ends only what was opened here.
 */
export class PostgresBackend implements IdempotencyBackend {
  readonly #source: SqlSource;
  readonly #table: SlotTable;
  readonly #asking: Asking;
  readonly #listener: Listener | undefined;
  readonly #purger: Purger;
  readonly #startMs: number;
  /** There with the option `listen` only. */
  readonly watch?: (slot: string) => Watch;

  constructor(source: SqlSource, options: PostgresBackendOptions = {}) {
    const { startMs = 5_000 } = options;
    if (!(startMs > 0)) throw new TypeError('postgres: `startMs` must be a number of milliseconds above 0.');
    this.#source = source;
    this.#startMs = startMs;
    this.#table = new SlotTable(namesOf(options));
    this.#asking = new Asking(source, options);
    this.#purger = new Purger(source, this.#table.names, options);
    const { listen } = options;
    const listener = listen && new Listener(this.#table, { ...options, listen });
    this.#listener = listener;
    if (listener) this.watch = (slot) => listener.watch(slot);
  }

  async open(lease: Lease, leaseMs: number, keepMs: number, evenIfKept = false): Promise<Opened> {
    const inside = this.#inside();
    const opened = inside
      ? await this.#table.openInside(inside, lease, evenIfKept)
      : await this.#asking.ask((sql) => this.#table.open(sql, lease, leaseMs, keepMs, evenIfKept));
    if (opened.claim?.kind === 'held') this.#listener?.held(lease.slot, inside ? 'transaction' : 'lease');
    return opened;
  }

  async renew(lease: Lease, leaseMs: number): Promise<'kept' | 'lost'> {
    if (this.#inside()) return 'kept';
    return this.#asking.ask((sql) => this.#table.renew(sql, lease, leaseMs));
  }

  async release(lease: Lease): Promise<void> {
    if (this.#inside()) return;
    await this.#asking.ask(async (sql) => {
      await this.#table.release(sql, lease);
      return true;
    });
  }

  async settle({ slot, token }: Lease, record: StoredRecord, keepMs: number): Promise<Saved> {
    const inside = this.#inside();
    if (!inside) return this.#asking.ask((sql) => this.#table.save(sql, slot, record, keepMs, token));
    // What another saved after this statement began is not seen by it; the next one sees it, or reports a conflict.
    const save = (): Promise<Saved | undefined> => clearly(this.#table.save(inside, slot, record, keepMs, token));
    const saved = (await save()) ?? (await save());
    if (saved) return saved;
    throw new IdempotencyConflictError('Postgres: the slot was taken by a record that this transaction cannot see.');
  }

  async resettle({ slot, token }: Lease, record: StoredRecord, keepMs: number): Promise<void> {
    const inside = this.#inside();
    if (inside) return clearly(this.#table.replace(inside, slot, record, keepMs, token));
    await this.#asking.ask(async (sql) => {
      await this.#table.replace(sql, slot, record, keepMs, token);
      return true;
    });
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    return shareTransaction(this.#source, this.#startMs, work);
  }

  isConflict(error: unknown): boolean {
    return error instanceof IdempotencyConflictError || isConflict(error);
  }

  /**
   * Rejects where the schema is missing or the server cannot be written to; warns of settings under which a promise does not hold.
   * Listening and purging, which a close ended, begin again.
   */
  check(): Promise<readonly string[]> {
    this.#purger.start();
    this.#listener?.reopen();
    return this.#asking.ask((sql) => checkServer(sql, this.#table.names));
  }

  /** Ends the listening connection and the purging. */
  async close(): Promise<void> {
    this.#purger.stop();
    await this.#listener?.close();
  }

  #inside(): SqlClient | undefined {
    return connectionInside(this.#source);
  }
}

/** Says what an aborted transaction means; Postgres itself names only the statement that came too late. */
async function clearly<T>(saving: Promise<T>): Promise<T> {
  try {
    return await saving;
  } catch (cause) {
    if (!isAborted(cause)) throw cause;
    const message =
      'A database error in the handler was caught, but it had aborted the transaction: let it go up, or use a savepoint.';
    throw new Error(message, { cause });
  }
}
