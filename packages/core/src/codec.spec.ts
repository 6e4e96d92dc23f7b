/** The plain stored form of a record. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { envelope } from './codec.js';
import type { Json, KeptRecord } from './record.js';

const SLOT = 'slot';
const record: KeptRecord = {
  kind: 'answer',
  fingerprint: 'print',
  answer: {
    status: 201,
    headers: [
      ['content-type', 'text/plain'],
      ['x-ü', 'é'],
    ],
    body: Buffer.from([0, 255, 10, 13]),
  },
};

const read = (bytes: Uint8Array) => envelope.decode(bytes, SLOT);
const stored = (kept: KeptRecord = record) => Buffer.from(envelope.encode(kept, SLOT) as Uint8Array);

/** As a writer of another version would leave it: right in itself. */
function resealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

describe('the envelope', () => {
  it('gives back any answer byte for byte', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 200, max: 599 }),
        fc.array(fc.tuple(fc.string(), fc.string({ unit: 'binary' }))),
        fc.uint8Array({ maxLength: 5_000 }),
        (fingerprint, status, headers, body) => {
          const kept: KeptRecord = { kind: 'answer', fingerprint, answer: { status, headers, body: Buffer.from(body) } };
          expect(read(stored(kept))).toEqual(kept);
        },
      ),
    );
  });

  it('gives back the names of headers that were taken off and how it was said, and nothing where there was nothing', () => {
    const kept: KeptRecord = {
      ...record,
      answer: { status: 201, headers: [], removed: ['x-powered-by'], manner: 'text', body: Buffer.of(1) },
    };
    expect(read(stored(kept))).toStrictEqual(kept);
    expect(read(stored())).toStrictEqual(record);
  });

  it('gives back any value byte for byte, in whatever form it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.uint8Array(), (fingerprint, form, bytes) => {
        const kept: KeptRecord = { kind: 'value', fingerprint, form, bytes: Buffer.from(bytes) };
        expect(read(stored(kept))).toEqual(kept);
      }),
    );
  });

  it('gives back any failure as it was, and no data where there was none', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.option(fc.jsonValue(), { nil: undefined }), (name, message, data) => {
        const bare = { kind: 'failure', fingerprint: 'print', name, message } as const;
        const kept: KeptRecord = data === undefined ? bare : { ...bare, data: JSON.parse(JSON.stringify(data)) as Json };
        expect(read(stored(kept))).toStrictEqual(kept);
      }),
    );
  });

  it.each<[string, KeptRecord]>([
    ['value', { kind: 'value', fingerprint: 'print', form: 'json', bytes: Buffer.from('{}') }],
    ['failure', { kind: 'failure', fingerprint: 'print', name: 'Declined', message: 'no', data: null }],
  ])('writes a %s so that version 0.1 finds it unreadable: neither replayed nor run over', (_, kept) => {
    expect(readBy01(stored(kept))).toEqual({ kind: 'unreadable' });
    expect(readBy01(stored())).toEqual(record);
  });

  it.each(['unkept', 'unknown'] as const)('gives back a tombstone that says %s', (loss) => {
    const tombstone: KeptRecord = { kind: 'tombstone', fingerprint: 'print', loss };
    expect(read(stored(tombstone))).toEqual(tombstone);
  });

  it('gives equal bytes for equal records, so that a repeated save is known as our own', () => {
    expect(stored()).toEqual(stored());
  });

  it('calls every record with a changed bit unreadable', () => {
    const bytes = stored();
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      expect(read(damaged)).toEqual({ kind: 'unreadable' });
    }
  });

  it('calls every cut record unreadable', () => {
    const bytes = stored();
    for (let length = 0; length < bytes.length; length++) expect(read(bytes.subarray(0, length))).toEqual({ kind: 'unreadable' });
  });

  it('calls a record of a newer version unreadable', () => {
    const bytes = stored();
    bytes[1] = 2;
    expect(read(resealed(bytes))).toEqual({ kind: 'unreadable' });
  });

  it('calls a kind that it does not know, and bytes of somebody else, unreadable', () => {
    const bytes = stored();
    bytes[2] = 5;
    expect(read(resealed(bytes))).toEqual({ kind: 'unreadable' });
    const foreign = stored();
    foreign[0] = 0x7b;
    expect(read(resealed(foreign))).toEqual({ kind: 'unreadable' });
  });

  it.each(['{', 'null', '{"0":"print"}', ''])('calls a head that says %j, checksum and all, unreadable', (text) => {
    const bytes = Buffer.alloc(8 + text.length + 4);
    stored().copy(bytes, 0, 0, 4);
    bytes.writeUInt32BE(text.length, 4);
    bytes.write(text, 8);
    expect(read(resealed(bytes))).toEqual({ kind: 'unreadable' });
  });

  it('calls a head that reaches beyond its record, or an answer without a status, unreadable', () => {
    const bytes = stored();
    bytes.writeUInt32BE(bytes.length, 4);
    expect(read(resealed(bytes))).toEqual({ kind: 'unreadable' });
    const headless = stored({ kind: 'tombstone', fingerprint: 'print', loss: 'unkept' });
    headless[2] = 0;
    expect(read(resealed(headless))).toEqual({ kind: 'unreadable' });
  });

  it('pins no shared memory', () => {
    const bytes = envelope.encode(record, SLOT) as Uint8Array;
    expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
  });
});

/** What version 0.1 read by: as it stood there. */
function readBy01(stored: Uint8Array): unknown {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const end = bytes.length - 4;
  if (end < 8 || bytes[0] !== 0x69 || bytes[1] !== 1) return { kind: 'unreadable' };
  if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) return { kind: 'unreadable' };
  const kind = ['answer', 'unkept', 'unknown'][bytes[2] ?? -1];
  const bodyAt = 8 + bytes.readUInt32BE(4);
  if (kind === undefined || bodyAt > end) return { kind: 'unreadable' };
  const [fingerprint, status, headers] = JSON.parse(bytes.toString('utf8', 8, bodyAt)) as unknown[];
  if (kind !== 'answer') return { kind: 'tombstone', fingerprint, loss: kind };
  if (status === undefined || headers === undefined) return { kind: 'unreadable' };
  return { kind: 'answer', fingerprint, answer: { status, headers, body: bytes.subarray(bodyAt, end) } };
}
