/** Storage and lock in one table and one trip; and the request's own transaction, where the route asks for it. */
import {
  called,
  type IdempotencyBackend,
  IdempotencyConflictError,
  IdempotencyHandlerError,
  IdempotencyUnavailableError,
  kinds,
  type Lease,
  type Opened,
  type Saved,
  type StoredRecord,
  type Watch,
} from '@nestjs-idempotency/core';
import { Asking, type AskingOptions } from './asking.js';
import { checkServer } from './check.js';
import { isConflict } from './conflict.js';
import type { ListenOptions } from './listen-connection.js';
import { Listener } from './listener.js';
import { type NameOptions, namesIn } from './names.js';
import { checked, LISTENING, PURGING } from './options.js';
import { Purger, type PurgeOptions } from './purger.js';
import { ours, PostgresError } from './postgres-error.js';
import { clearly } from './save-refused.js';
import { type ServerTransaction, type SharedTransaction, sharedInside } from './shared-transaction.js';
import { shareTransaction } from './sharing.js';
import { savedOnce, SlotTable } from './slot-table.js';
import type { SqlClient, SqlSource } from './sql-client.js';

export interface PostgresBackendOptions extends NameOptions, AskingOptions, ListenOptions, PurgeOptions {
  /** How long a transactional request waits for a connection before it is refused as unavailable. Default 5,000. */
  readonly startMs?: number;
}

const KINDS: kinds.KindsOf<PostgresBackendOptions> = { ...LISTENING, ...PURGING, startMs: kinds.timerMs };

/**
 * Plain routes take leases by the database's clock, in autonomous statements. Transactional routes share one transaction with their
 * handler: effect and record commit together or not at all. The pool is the application's: `close` ends only what was opened here.
 */
export class PostgresBackend implements IdempotencyBackend {
  static {
    called(this, 'PostgresBackend');
  }

  readonly #source: SqlSource;
  readonly #table: SlotTable;
  readonly #asking: Asking;
  readonly #listener: Listener | undefined;
  readonly #purger: Purger;
  readonly #startMs: number;
  /** There with the option `listen` only. */
  readonly watch?: (slot: string) => Watch;

  constructor(source: SqlSource, options: PostgresBackendOptions = {}) {
    const { startMs = 5_000 } = checked('PostgresBackend', source, options, KINDS);
    this.#source = source;
    this.#startMs = startMs;
    this.#table = new SlotTable(namesIn(options));
    this.#asking = new Asking(source, options);
    this.#purger = new Purger(ours(source), this.#table.names, options);
    const { listen } = options;
    const listener = listen && new Listener(this.#table, { ...options, listen });
    this.#listener = listener;
    if (listener) this.watch = (slot) => listener.watch(slot);
  }

  async open(lease: Lease, leaseMs: number, keepMs: number, evenIfKept = false): Promise<Opened> {
    const shared = this.#inside();
    const opened = shared
      ? await this.#openInside(shared, lease, evenIfKept)
      : await this.#asking.ask((sql) => this.#table.open(sql, lease, leaseMs, keepMs, evenIfKept));
    if (opened.claim?.kind === 'held') this.#listener?.held(lease.slot, shared ? 'transaction' : 'lease');
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
    const shared = this.#inside();
    const saving = { slot, record, keepMs, token };
    if (!shared)
      return this.#asking.ask(
        async (sql) => (await this.#table.saveHeld(sql, saving)) ?? (await savedOnce(this.#table.save(sql, saving))),
      );
    const inside = { ...saving, xact: shared.server?.id };
    const saveNew = (): Promise<Saved | undefined> => this.#writeInside(shared, (sql) => this.#table.saveNew(sql, inside));
    // What another saved after this statement began is not seen by it; the next one sees it, or reports a conflict.
    const save = (): Promise<Saved | undefined> => this.#writeInside(shared, (sql) => this.#table.save(sql, inside));
    const saved = (await saveNew()) ?? (await save()) ?? (await save());
    if (saved) return saved;
    throw new IdempotencyConflictError('Postgres: the slot was taken by a record that this transaction cannot see.');
  }

  async resettle({ slot, token }: Lease, record: StoredRecord, keepMs: number): Promise<Saved> {
    const shared = this.#inside();
    const saving = { slot, record, keepMs, token };
    if (!shared) return this.#asking.ask((sql) => savedOnce(this.#table.resave(sql, saving)));
    // Nobody else holds the slot before this transaction ends.
    await this.#writeInside(shared, (sql) => this.#table.replace(sql, { ...saving, xact: shared.server?.id }));
    return { kind: 'saved' };
  }

  transaction<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const terminate = (transaction: ServerTransaction): Promise<void> => this.#terminate(transaction);
    const isCommitted = (transaction: ServerTransaction): Promise<boolean> => this.#isCommitted(transaction);
    return shareTransaction(this.#source, { startMs: this.#startMs, signal, terminate, isCommitted }, work);
  }

  joined(): boolean {
    return this.#inside()?.isAsked ?? false;
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

  #inside(): SharedTransaction | undefined {
    return sharedInside(this.#source);
  }

  async #openInside(shared: SharedTransaction, lease: Lease, evenIfKept: boolean): Promise<Opened> {
    const { server, ...opened } = await this.#answerInside(shared, this.#table.openInside(ours(shared.sql), lease, evenIfKept));
    if (server) await shared.knownAs(server);
    return opened;
  }

  /** Writes in the transaction in which the slot was opened, or not at all. */
  async #writeInside<T>(shared: SharedTransaction, write: (sql: SqlClient) => Promise<T | 'another'>): Promise<T> {
    if (shared.session?.isEnded) throw endedByItself();
    const written = await clearly(this.#answerInside(shared, write(ours(shared.sql))), this.#table.names.table);
    if (written === 'another') {
      shared.isAnother = true;
      throw endedByItself();
    }
    return written;
  }

  /** A server that is silent would hold the connection; without it the tool's rollback fails at once. */
  async #answerInside<T>(shared: SharedTransaction, answer: Promise<T>): Promise<T> {
    try {
      return await this.#asking.within(answer);
    } catch (error) {
      if (error instanceof IdempotencyUnavailableError && !(error instanceof PostgresError)) shared.session?.destroy();
      throw error;
    }
  }

  async #terminate(transaction: ServerTransaction): Promise<void> {
    try {
      await this.#asking.ask(async (sql) => {
        await this.#table.terminate(sql, transaction);
        return true;
      });
    } catch (error) {
      warn(`could not end the process ${transaction.pid} of an expired transaction.`, error, 'IDEMPOTENCY_TERMINATE');
    }
  }

  async #isCommitted(transaction: ServerTransaction): Promise<boolean> {
    try {
      return await this.#asking.ask((sql) => this.#table.isCommitted(sql, transaction));
    } catch (error) {
      warn(
        'could not ask how a transaction ended that was given up: it is taken to be rolled back.',
        error,
        'IDEMPOTENCY_STATUS',
      );
      return false;
    }
  }
}

const warn = (what: string, error: unknown, code: string): void => {
  process.emitWarning(`Idempotency ${what} ${(error as Error).message}`, { code });
};

const endedByItself = (): Error =>
  new IdempotencyHandlerError(
    'The handler ended its transaction itself, by COMMIT or ROLLBACK, so its answer is not kept: leave both to the library, or use a savepoint.',
  );
