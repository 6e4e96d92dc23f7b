/** The plain stored form of a record: a versioned envelope with a checksum around the fingerprint, the head and the body. */
import { crc32 } from 'node:zlib';
import type { Answer, KeptRecord, Loss, ReadRecord, RecordCodec } from './record.js';

const MAGIC = 0x69;
const VERSION = 1;
/** Magic, version, kind, a byte for later, and the length of the head. */
const PREFIX = 8;
const CHECKSUM = 4;
const KINDS = ['answer', 'unkept', 'unknown'] as const;

type Head = [fingerprint: string, status?: number, headers?: Answer['headers']];

const UNREADABLE: ReadRecord = { kind: 'unreadable' };

/** Stores records as they are: not encrypted, not compressed. A record of a newer version, or a damaged one, reads as 'unreadable'. */
export const envelope: RecordCodec = {
  encode(record: KeptRecord): Uint8Array {
    const answer = record.kind === 'answer' ? record.answer : undefined;
    const head: Head = answer ? [record.fingerprint, answer.status, answer.headers] : [record.fingerprint];
    const headText = JSON.stringify(head);
    const headBytes = Buffer.byteLength(headText);
    const body = answer?.body;
    const end = PREFIX + headBytes + (body?.byteLength ?? 0);
    // Not from the pool: a kept record must not pin the pool's slab of 8 KiB.
    const bytes = Buffer.allocUnsafeSlow(end + CHECKSUM);
    bytes[0] = MAGIC;
    bytes[1] = VERSION;
    bytes[2] = record.kind === 'answer' ? 0 : KINDS.indexOf(record.loss);
    bytes[3] = 0;
    bytes.writeUInt32BE(headBytes, 4);
    bytes.write(headText, PREFIX, 'utf8');
    if (body) bytes.set(body, PREFIX + headBytes);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, end)), end);
    return bytes;
  },

  decode(stored: Uint8Array): ReadRecord {
    const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
    const end = bytes.length - CHECKSUM;
    if (end < PREFIX || bytes[0] !== MAGIC || bytes[1] !== VERSION) return UNREADABLE;
    if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) return UNREADABLE;
    const kind = KINDS[bytes[2] ?? -1];
    const bodyAt = PREFIX + bytes.readUInt32BE(4);
    if (kind === undefined || bodyAt > end) return UNREADABLE;
    const [fingerprint, status, headers] = JSON.parse(bytes.toString('utf8', PREFIX, bodyAt)) as Head;
    if (kind !== 'answer') return { kind: 'tombstone', fingerprint, loss: kind satisfies Loss };
    if (status === undefined || headers === undefined) return UNREADABLE;
    return { kind: 'answer', fingerprint, answer: { status, headers, body: bytes.subarray(bodyAt, end) } };
  },
};
