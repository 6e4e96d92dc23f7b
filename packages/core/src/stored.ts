/** Records to and from their stored form, whatever the codec does: it may be the application's own. */
import { isUint8Array } from 'node:util/types';
import type { Means } from './attempt.js';
import { type Awaitable, isThenable } from './awaitable.js';
import { envelope } from './codec.js';
import { CodecLateError, IdempotencyUnavailableError } from './errors.js';
import { readable, UNREADABLE } from './readable.js';
import type { KeptRecord, ReadRecord } from './record.js';

type Coding = Pick<Means, 'codec' | 'onFault'>;

/**
 * What `bytes` say; a promise only where the codec gives one. Whatever a codec throws or gives that is no record is 'unreadable'; throws,
 * or rejects, where the codec says that it cannot be asked, or is late.
 */
export function readRecord(coding: Coding, bytes: Uint8Array, slot: string): Awaitable<ReadRecord> {
  try {
    const decoded = coding.codec.decode(bytes, slot);
    if (!isThenable(decoded)) return readable(decoded);
    return Promise.resolve(decoded)
      .then(readable)
      .catch((cause: unknown) => unread(coding, slot, cause));
  } catch (cause) {
    return unread(coding, slot, cause);
  }
}

function unread({ onFault }: Coding, slot: string, cause: unknown): ReadRecord {
  if (cause instanceof CodecLateError) onFault({ kind: 'callback-failed', slot, callback: 'codec', cause });
  if (cause instanceof IdempotencyUnavailableError) throw cause;
  onFault({ kind: 'callback-failed', callback: 'codec', slot, cause });
  return UNREADABLE;
}

/** The stored form of `record`, a promise only where the codec gives one; `undefined` where the codec fails, which is told of. Never throws nor rejects. */
export function writeRecord(coding: Coding, record: KeptRecord, slot: string): Awaitable<Uint8Array | undefined> {
  try {
    const given: Awaitable<unknown> = coding.codec.encode(record, slot);
    if (!isThenable(given)) return checked(given);
    return Promise.resolve(given)
      .then(checked)
      .catch((cause: unknown) => {
        unwritten(coding, slot, cause);
        return undefined;
      });
  } catch (cause) {
    unwritten(coding, slot, cause);
    return undefined;
  }
}

function checked(bytes: unknown): Uint8Array {
  if (isUint8Array(bytes)) return bytes;
  throw new TypeError('The codec encoded a record as something else than bytes: return a Uint8Array.');
}

function unwritten({ onFault }: Coding, slot: string, cause: unknown): void {
  onFault({ kind: 'callback-failed', callback: 'codec', slot, cause });
}

/** The stored form of a tombstone. Where the codec fails it is the plain one, which at worst reads as 'unreadable': that, too, is never run over. */
export async function writeTombstone(
  coding: Coding,
  { fingerprint, loss }: Omit<Extract<KeptRecord, { readonly kind: 'tombstone' }>, 'kind'>,
  slot: string,
): Promise<Uint8Array> {
  const tombstone: KeptRecord = { kind: 'tombstone', fingerprint, loss };
  return (await writeRecord(coding, tombstone, slot)) ?? envelope.encode(tombstone, slot);
}
