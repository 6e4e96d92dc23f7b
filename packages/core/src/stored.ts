/** Records to and from their stored form, whatever the codec does: it may be the application's own. */
import { isUint8Array } from 'node:util/types';
import type { Means } from './attempt.js';
import { envelope } from './codec.js';
import { CodecLateError, IdempotencyUnavailableError } from './errors.js';
import { readable, UNREADABLE } from './readable.js';
import type { KeptRecord, ReadRecord } from './record.js';

type Coding = Pick<Means, 'codec' | 'onFault'>;

/** What `bytes` say. Whatever a codec throws or gives that is no record is 'unreadable'; rejects where the codec says that it cannot be asked, or is late. */
export async function readRecord({ codec, onFault }: Coding, bytes: Uint8Array, slot: string): Promise<ReadRecord> {
  try {
    return readable(await codec.decode(bytes, slot));
  } catch (cause) {
    if (cause instanceof CodecLateError) onFault({ kind: 'callback-failed', slot, callback: 'codec', cause });
    if (cause instanceof IdempotencyUnavailableError) throw cause;
    onFault({ kind: 'callback-failed', callback: 'codec', slot, cause });
    return UNREADABLE;
  }
}

/** The stored form of `record`; `undefined` where the codec fails, which is told of. */
export async function writeRecord({ codec, onFault }: Coding, record: KeptRecord, slot: string): Promise<Uint8Array | undefined> {
  try {
    const given: unknown = codec.encode(record, slot);
    const bytes = isUint8Array(given) ? given : await given;
    if (isUint8Array(bytes)) return bytes;
    throw new TypeError('The codec encoded a record as something else than bytes: return a Uint8Array.');
  } catch (cause) {
    onFault({ kind: 'callback-failed', callback: 'codec', slot, cause });
    return undefined;
  }
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
