/** What can be done with a slot's row, over any connection: statements with their parameters and answers. */
import type { Claim, Lease, Opened, Saved, StoredRecord } from '@nestjs-idempotency/core';
import type { Names } from './names.js';
import { bytesIn, isIn, numberIn, textIn } from './rows.js';
import type { ServerTransaction } from './shared-transaction.js';
import { askedKey, type SlotKeys, slotKeys } from './slot-keys.js';
import type { Row, SqlClient } from './sql-client.js';
import { type Statements, statementsFor } from './statements.js';

/** A thousand years: the database cannot add much more to the time of day. */
const LONGEST_MS = 31_557_600_000_000;

/** What is told of those whose fingerprint cannot be seen from outside their transaction, but differs. */
const ANOTHER = 'another';

/** Nothing tells when a transaction ends; its waiters are woken, and others may try again after this. */
const TRANSACTION_LEFT_MS = 1_000;

/** What is saved, and by whom. */
export interface Saving {
  readonly slot: string;
  readonly record: StoredRecord;
  readonly keepMs: number;
  /** The lease that ends with it. */
  readonly token?: string;
  /** The transaction in which the slot was opened; the save is refused in any other. */
  readonly xact?: string | undefined;
}

export class SlotTable {
  readonly #statements: Statements;
  readonly #own: Buffer;

  constructor(readonly names: Names) {
    this.#statements = statementsFor(names);
    this.#own = names.digest('locks');
  }

  keys(slot: string): SlotKeys {
    return slotKeys(this.#own, slot);
  }

  /** Looks and claims with a lease; `undefined` when another request changed the row meanwhile: look again. */
  async open(sql: SqlClient, lease: Lease, leaseMs: number, traceMs: number, evenIfKept: boolean): Promise<Opened | undefined> {
    const { row } = this.keys(lease.slot);
    const values = [row, lease.token, lease.fingerprint, within(leaseMs), within(traceMs), evenIfKept];
    const { rows } = await sql.query(this.#statements.open, values);
    const found = rows[0];
    if (!found) return undefined;
    const record = bytesIn(found, 'record');
    if (record && !evenIfKept) return { record };
    const attempt = numberIn(found, 'attempt');
    if (attempt !== undefined) return { claim: { kind: 'won', attempt }, ...(record && { record }) };
    const claim = heldBy(found);
    return { ...(claim && { claim }), ...(record && { record }) };
  }

  /** Looks and claims for as long as the transaction of `sql` lasts. Names the transaction that has won. */
  async openInside(
    sql: SqlClient,
    { slot, fingerprint }: Lease,
    evenIfKept: boolean,
  ): Promise<Opened & { readonly server?: ServerTransaction }> {
    const { row, run, asked } = this.keys(slot);
    const { rows } = await sql.query(this.#statements.openInside, [row, run, asked, askedKey(fingerprint), evenIfKept]);
    const found = rows[0] ?? {};
    const record = bytesIn(found, 'record');
    const claim = claimInside(found);
    const [id, pid] = [textIn(found, 'xact'), numberIn(found, 'pid')];
    const server = id !== undefined && pid !== undefined && { id, pid };
    return { ...(claim && { claim }), ...(record && { record }), ...(server && { server }) };
  }

  /** Ends the process of a transaction, if it still runs it. */
  async terminate(sql: SqlClient, { id, pid }: ServerTransaction): Promise<void> {
    await sql.query(this.#statements.terminate, [pid, id]);
  }

  /** Whether the server knows that it was committed. */
  async isCommitted(sql: SqlClient, { id }: ServerTransaction): Promise<boolean> {
    const { rows } = await sql.query(this.#statements.status, [id]);
    return textIn(rows[0] ?? {}, 'status') === 'committed';
  }

  async renew(sql: SqlClient, { slot, token }: Lease, leaseMs: number): Promise<'kept' | 'lost'> {
    const { rows } = await sql.query(this.#statements.renew, [this.keys(slot).row, token, within(leaseMs)]);
    return rows.length > 0 ? 'kept' : 'lost';
  }

  async release(sql: SqlClient, { slot, token }: Lease): Promise<void> {
    const { row, name, wait } = this.keys(slot);
    await sql.query(this.#statements.release, [row, token, name, wait]);
  }

  async find(sql: SqlClient, slot: string): Promise<StoredRecord | undefined> {
    const { rows } = await sql.query(this.#statements.find, [this.keys(slot).row]);
    return rows[0] && bytesIn(rows[0], 'record');
  }

  /** Whether who held the slot is done, as far as can be seen: of a transaction only the record it left. */
  async isFree(sql: SqlClient, slot: string, heldBy: 'lease' | 'transaction'): Promise<boolean> {
    const { rows } = await sql.query(this.#statements.state, [this.keys(slot).row]);
    const state = rows[0];
    if (!state) return heldBy === 'lease';
    return isIn(state, 'kept') || (heldBy === 'lease' && !isIn(state, 'leased'));
  }

  /**
   * Saves where the slot has no row at all, as in nearly every transaction. `undefined` means that nothing is written, as a row stands
   * there or this is not the transaction `xact`: `save` tells which, and does what is right.
   */
  async saveNew(sql: SqlClient, saving: Saving): Promise<Saved | undefined> {
    const { rows } = await sql.query(this.#statements.saveNew, this.#writtenBy(saving.xact, saving));
    return savedIn(rows);
  }

  /** Saves where `token` holds the slot and no record stands in it, and ends its lease; `undefined` as above. */
  async saveHeld(sql: SqlClient, saving: Saving): Promise<Saved | undefined> {
    const { rows } = await sql.query(this.#statements.saveHeld, this.#writtenBy(saving.token, saving));
    return savedIn(rows);
  }

  /**
   * Saves unless taken, and ends the lease of `token` if there is one; `undefined` when the row changed meanwhile: save again.
   * 'another' means that this is not the transaction `xact`: nothing is written then.
   */
  async save(sql: SqlClient, saving: Saving): Promise<Saved | 'another' | undefined> {
    const { rows } = await sql.query(this.#statements.save, this.#written(saving));
    return savedOf(rows[0] ?? {});
  }

  /** Replaces where `token` was the last to hold the slot, and saves as above otherwise. */
  async resave(sql: SqlClient, saving: Saving): Promise<Saved | 'another' | undefined> {
    const { rows } = await sql.query(this.#statements.resave, this.#written(saving));
    return savedOf(rows[0] ?? {});
  }

  async replace(sql: SqlClient, saving: Saving): Promise<'another' | 'replaced'> {
    const { rows } = await sql.query(this.#statements.replace, this.#written(saving));
    return isIn(rows[0] ?? {}, 'another') ? 'another' : 'replaced';
  }

  #written(saving: Saving): readonly unknown[] {
    return [...this.#writtenBy(saving.token, saving), saving.xact ?? null];
  }

  #writtenBy(who: string | undefined, { slot, record, keepMs }: Saving): readonly unknown[] {
    const { row, name, wait } = this.keys(slot);
    const bytes = Buffer.isBuffer(record) ? record : Buffer.from(record.buffer, record.byteOffset, record.byteLength);
    return [row, bytes, within(keepMs), who ?? null, name, wait];
  }
}

/** What came of a save that is bound to no transaction. */
export async function savedOnce(saving: Promise<Saved | 'another' | undefined>): Promise<Saved | undefined> {
  const saved = await saving;
  return saved === 'another' ? undefined : saved;
}

const within = (ms: number): number => Math.min(ms, LONGEST_MS);

/** Of a statement that gives its row where it has written. */
const savedIn = (rows: readonly Row[]): Saved | undefined => (rows.length > 0 ? { kind: 'saved' } : undefined);

function savedOf(row: Row): Saved | 'another' | undefined {
  if (isIn(row, 'another')) return 'another';
  if (isIn(row, 'saved')) return { kind: 'saved' };
  const held = bytesIn(row, 'record');
  return held && { kind: 'taken', record: held };
}

function heldBy(row: Row): Claim | undefined {
  const leftMs = numberIn(row, 'remaining');
  const fingerprint = textIn(row, 'holder');
  if (leftMs === undefined) return undefined;
  return { kind: 'held', leftMs: Math.max(leftMs, 0), ...(fingerprint !== undefined && { fingerprint }) };
}

function claimInside(row: Row): Claim | undefined {
  switch (textIn(row, 'outcome')) {
    case 'kept':
      return undefined;
    case 'won':
      return { kind: 'won', attempt: 1 };
    case 'leased':
      return heldBy(row);
    case 'running-other':
      return { kind: 'held', leftMs: TRANSACTION_LEFT_MS, fingerprint: ANOTHER };
    default:
      return { kind: 'held', leftMs: TRANSACTION_LEFT_MS };
  }
}
