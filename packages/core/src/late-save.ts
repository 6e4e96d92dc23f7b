/** A save that has failed, tried again in the background: of the record, and of a tombstone where the store seems to refuse the record for good. */
import { type Retries, retrying } from './retrying.js';

export interface LateSave extends Retries {
  readonly record: Uint8Array;
  /** Makes the record that fits everywhere; `undefined` where none may take the place of what the slot holds. */
  readonly tombstone: (() => Promise<Uint8Array>) | undefined;
  /** What holds the slot now, if it is not what was given. */
  readonly settle: (bytes: Uint8Array) => Promise<Uint8Array | undefined>;
}

/** Which record stands in the slot now. */
export type Standing = 'record' | 'tombstone' | 'another';

/** A store that is away for a moment is not one that refuses: so many tries go by before a tombstone may take the place of the answer. */
const RECORD_ALONE = 5;

/**
 * Settles when the slot holds something. A store that is back is given the record first. Rejects when the time to try is over; a
 * tombstone was tried by then, since a slot that stays empty lets the handler run again.
 */
export async function saveLate({ record, tombstone, settle, ...retries }: LateSave): Promise<Standing> {
  let failures = 0;
  let buried: Uint8Array | undefined;
  const save = async (bytes: Uint8Array): Promise<Standing> => {
    const held = (await settle(bytes)) ?? bytes;
    // An earlier try may have gone through though its reply was lost.
    if (Buffer.compare(held, record) === 0) return 'record';
    return buried && Buffer.compare(held, buried) === 0 ? 'tombstone' : 'another';
  };
  const bury = async (make: () => Promise<Uint8Array>): Promise<Standing> => save((buried ??= await make()));
  const recordFirst = async (): Promise<Standing> => {
    try {
      return await save(record);
    } catch (cause) {
      failures += 1;
      if (!tombstone || failures <= RECORD_ALONE) throw cause;
      return bury(tombstone);
    }
  };
  try {
    return await retrying(recordFirst, retries);
  } catch (cause) {
    if (!tombstone || failures > RECORD_ALONE) throw cause;
    return bury(tombstone);
  }
}
