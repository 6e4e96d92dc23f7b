/** A lock in Postgres, to be paired with any storage. */
import { called, type Claim, type IdempotencyLock, type Lease, type Watch } from '@nestjs-idempotency/core';
import { Asking, type AskingOptions } from './asking.js';
import { checkServer } from './check.js';
import type { ListenOptions } from './listen-connection.js';
import { Listener } from './listener.js';
import { type NameOptions, namesIn } from './names.js';
import { checked, LISTENING } from './options.js';
import { SlotTable } from './slot-table.js';
import type { SqlSource } from './sql-client.js';

/** Leases by the database's clock, in the table that `migrate` makes. */
export class PostgresLock implements IdempotencyLock {
  static {
    called(this, 'PostgresLock');
  }

  readonly #table: SlotTable;
  readonly #asking: Asking;
  readonly #listener: Listener | undefined;
  /** There with the option `listen` only. */
  readonly watch?: (slot: string) => Watch;

  constructor(source: SqlSource, options: NameOptions & AskingOptions & ListenOptions = {}) {
    checked('PostgresLock', source, options, LISTENING);
    this.#table = new SlotTable(namesIn(options));
    this.#asking = new Asking(source, options);
    const { listen } = options;
    const listener = listen && new Listener(this.#table, { ...options, listen });
    this.#listener = listener;
    if (listener) this.watch = (slot) => listener.watch(slot);
  }

  async acquire(lease: Lease, leaseMs: number, traceMs: number): Promise<Claim> {
    const claim = await this.#asking.ask(async (sql) => (await this.#table.open(sql, lease, leaseMs, traceMs, true))?.claim);
    if (claim.kind === 'held') this.#listener?.held(lease.slot, 'lease');
    return claim;
  }

  renew(lease: Lease, leaseMs: number): Promise<'kept' | 'lost'> {
    return this.#asking.ask((sql) => this.#table.renew(sql, lease, leaseMs));
  }

  async release(lease: Lease): Promise<void> {
    await this.#asking.ask(async (sql) => {
      await this.#table.release(sql, lease);
      return true;
    });
  }

  /** As `PostgresBackend` does. Listening, which a close ended, begins again. */
  check(): Promise<readonly string[]> {
    this.#listener?.reopen();
    return this.#asking.ask((sql) => checkServer(sql, this.#table.names));
  }

  /** Ends the listening connection. The pool is the application's and stays open. */
  async close(): Promise<void> {
    await this.#listener?.close();
  }
}
