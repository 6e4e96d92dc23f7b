/** The fixed-size forms of a slot: its row, its advisory locks, its name on the channel. */
import { createHash } from 'node:crypto';

export interface SlotKeys {
  /** Primary key of the row. */
  readonly row: Buffer;
  /** Payload of a notification. */
  readonly name: string;
  /** Advisory lock of the transaction that runs: a bigint in digits, which every driver passes on unharmed. */
  readonly run: string;
  /** Advisory lock that the listening connection of a process shares while somebody there waits. */
  readonly wait: string;
  /** First half of the advisory lock of those who ask the same; the other half is `askedKey`. */
  readonly asked: number;
}

/** `table` is a digest of the table: advisory locks belong to the whole database, so those of two tables must differ. */
export function slotKeys(table: Buffer, slot: string): SlotKeys {
  const row = createHash('sha256').update(slot).digest();
  const locks = createHash('sha256').update(table).update(row).digest();
  return {
    row,
    name: row.toString('hex'),
    run: locks.readBigInt64BE(0).toString(),
    wait: locks.readBigInt64BE(8).toString(),
    asked: locks.readInt32BE(16),
  };
}

/** Equal for equal fingerprints; different ones may share it, and are then told apart by the record only. */
export function askedKey(fingerprint: string): number {
  return createHash('sha256').update(fingerprint).digest().readInt32BE(0);
}
