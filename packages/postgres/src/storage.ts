/** A storage in Postgres, to be paired with any lock. */
import { called, type IdempotencyStorage, type Saved, type StoredRecord } from '@nestjs-idempotency/core';
import { Asking, type AskingOptions } from './asking.js';
import { checkServer } from './check.js';
import { type NameOptions, namesIn } from './names.js';
import { ASKING, checked } from './options.js';
import { savedOnce, SlotTable } from './slot-table.js';
import type { SqlSource } from './sql-client.js';

/** Records in the table that `migrate` makes. Each call commits by itself; together with the lock use `PostgresBackend`, which takes fewer. */
export class PostgresStorage implements IdempotencyStorage {
  static {
    called(this, 'PostgresStorage');
  }

  readonly #table: SlotTable;
  readonly #asking: Asking;

  constructor(source: SqlSource, options: NameOptions & AskingOptions = {}) {
    checked('PostgresStorage', source, options, ASKING);
    this.#table = new SlotTable(namesIn(options));
    this.#asking = new Asking(source, options);
  }

  async find(slot: string): Promise<StoredRecord | undefined> {
    const { record } = await this.#asking.ask(async (sql) => ({ record: await this.#table.find(sql, slot) }));
    return record;
  }

  save(slot: string, record: StoredRecord, keepMs: number): Promise<Saved> {
    return this.#asking.ask((sql) => savedOnce(this.#table.save(sql, { slot, record, keepMs })));
  }

  async replace(slot: string, record: StoredRecord, keepMs: number): Promise<void> {
    await this.#asking.ask(async (sql) => {
      await this.#table.replace(sql, { slot, record, keepMs });
      return true;
    });
  }
  /** As `PostgresBackend` does. */
  check(): Promise<readonly string[]> {
    return this.#asking.ask((sql) => checkServer(sql, this.#table.names));
  }
}
