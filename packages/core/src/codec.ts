/** The plain stored form of a record: a versioned envelope with a checksum around the head and the body. */
import { crc32 } from 'node:zlib';
import { UNREADABLE } from './readable.js';
import type { Answer, Json, KeptRecord, ReadRecord, RecordCodec } from './record.js';

const MAGIC = 0x69;
const VERSION = 1;
/** Magic, version, kind, a byte for later, and the length of the head. */
const PREFIX = 8;
const CHECKSUM = 4;
/** By their numbers. Version 0.1 knows the first three, and reads the others as 'unreadable'. */
const KINDS = ['answer', 'unkept', 'unknown', 'value', 'failure'] as const;

type Kind = (typeof KINDS)[number];
/** JSON, before the body; the fingerprint comes first. */
type Head = readonly [fingerprint: string, ...rest: unknown[]];

/** What seldom belongs to an answer, behind its headers. Versions that know nothing of it read no further than these. */
type More = Pick<Answer, 'removed' | 'manner'>;

interface Parts {
  readonly kind: Kind;
  readonly head: Head;
  readonly body?: Uint8Array;
}

/** Stores records as they are: not encrypted, not compressed. A record of a newer version, or a damaged one, reads as 'unreadable'. */
export const envelope: RecordCodec = {
  encode(record: KeptRecord): Uint8Array {
    const { kind, head, body } = partsOf(record);
    const headText = JSON.stringify(head);
    const headBytes = Buffer.byteLength(headText);
    const end = PREFIX + headBytes + (body?.byteLength ?? 0);
    // Not from the pool: a kept record must not pin the pool's slab of 8 KiB.
    const bytes = Buffer.allocUnsafeSlow(end + CHECKSUM);
    bytes[0] = MAGIC;
    bytes[1] = VERSION;
    bytes[2] = KINDS.indexOf(kind);
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
    const head = headOf(bytes.toString('utf8', PREFIX, bodyAt));
    return head ? recordOf({ kind, head, body: bytes.subarray(bodyAt, end) }) : UNREADABLE;
  },
};

/** What somebody else wrote in our form, checksum and all, may still be no head of ours. */
function headOf(text: string): Head | undefined {
  try {
    const head: unknown = JSON.parse(text);
    return Array.isArray(head) ? (head as unknown as Head) : undefined;
  } catch {
    // Its being no JSON is all there is to know.
    return undefined;
  }
}

function partsOf(record: KeptRecord): Parts {
  const { fingerprint } = record;
  switch (record.kind) {
    case 'answer': {
      const { status, headers, removed, manner, body } = record.answer;
      const isPlain = removed === undefined && manner === undefined;
      return {
        kind: 'answer',
        head: isPlain ? [fingerprint, status, headers] : [fingerprint, status, headers, { removed, manner }],
        body,
      };
    }
    case 'value':
      return { kind: 'value', head: [fingerprint, record.form], body: record.bytes };
    case 'failure': {
      const { name, message, data } = record;
      return { kind: 'failure', head: data === undefined ? [fingerprint, name, message] : [fingerprint, name, message, data] };
    }
    case 'tombstone':
      return { kind: record.loss, head: [fingerprint] };
  }
}

function answerOf(status: number, headers: Answer['headers'], more: More | undefined, body: Uint8Array): Answer {
  return more === undefined ? { status, headers, body } : { status, headers, ...more, body };
}

function recordOf({ kind, head: [fingerprint, first, second, third], body = new Uint8Array(0) }: Parts): ReadRecord {
  switch (kind) {
    case 'answer':
      if (first === undefined || second === undefined) return UNREADABLE;
      return {
        kind,
        fingerprint,
        answer: answerOf(first as number, second as Answer['headers'], third as More | undefined, body),
      };
    case 'value':
      if (first === undefined) return UNREADABLE;
      return { kind, fingerprint, form: first as string, bytes: body };
    case 'failure': {
      if (first === undefined || second === undefined) return UNREADABLE;
      const failure = { kind, fingerprint, name: first as string, message: second as string };
      return third === undefined ? failure : { ...failure, data: third as Json };
    }
    case 'unkept':
    case 'unknown':
      return { kind: 'tombstone', fingerprint, loss: kind };
  }
}
