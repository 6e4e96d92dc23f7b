/** What a seal keeps from a reader of the store, and what it notices of a writer's doing. */
import { randomBytes } from 'node:crypto';
import { envelope } from './codec.js';
import type { KeptRecord, RecordCodec } from './record.js';
import { sealed, type SealKey } from './sealed.js';

const SLOT = 'slot-a';
const old: SealKey = { id: '2025', secret: randomBytes(32) };
const current: SealKey = { id: '2026', secret: randomBytes(32) };

function answer(body: string | Uint8Array): KeptRecord {
  return { kind: 'answer', fingerprint: 'f', answer: { status: 201, headers: [['location', '/o/1']], body: Buffer.from(body) } };
}

const random = answer(randomBytes(500));
const text = answer('{"card":"secret"}'.repeat(100));
const records: [string, KeptRecord][] = [
  ['an answer that cannot be compressed', random],
  ['an answer that can', text],
  ['an answer without a body', answer('')],
  ['a value', { kind: 'value', fingerprint: 'f', form: 'secret form', bytes: Buffer.from('secret'.repeat(10)) }],
  ['a failure', { kind: 'failure', fingerprint: 'f', name: 'Declined', message: 'secret', data: { location: '/o/1' } }],
  ['a tombstone', { kind: 'tombstone', fingerprint: 'f', loss: 'unknown' }],
];

describe.each([
  ['compressing', { keys: [current] as const }],
  ['not compressing', { keys: [current] as const, compress: false }],
])('a seal, %s', (_name, options) => {
  const codec = sealed(options);

  it.each(records)('gives back %s', async (_what, record) => {
    expect(await codec.decode(await codec.encode(record, SLOT), SLOT)).toEqual(record);
  });

  it.each(records)('shows nothing of %s, and never the same bytes twice', async (_what, record) => {
    const [a, b] = [await codec.encode(record, SLOT), await codec.encode(record, SLOT)];
    expect(Buffer.compare(a, b)).not.toBe(0);
    for (const word of ['secret', 'location', '/o/1', 'tombstone']) expect(Buffer.from(a).includes(word)).toBe(false);
  });

  it('cannot be read in another slot', async () => {
    expect(await codec.decode(await codec.encode(text, SLOT), 'slot-b')).toEqual({ kind: 'unreadable' });
  });

  it('notices every changed byte and every cut', async () => {
    const bytes = await codec.encode(answer('abc'), SLOT);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await codec.decode(changed, SLOT)).toEqual({ kind: 'unreadable' });
      expect(await codec.decode(bytes.subarray(0, at), SLOT)).toEqual({ kind: 'unreadable' });
    }
  });

  it('finds a lost key unreadable, also where another secret took over its id', async () => {
    const bytes = await codec.encode(text, SLOT);
    for (const key of [old, { id: current.id, secret: randomBytes(32) }])
      expect(await sealed({ keys: [key] }).decode(bytes, SLOT)).toEqual({ kind: 'unreadable' });
  });

  it('finds a plain record unreadable', async () => {
    expect(await codec.decode(await envelope.encode(text, SLOT), SLOT)).toEqual({ kind: 'unreadable' });
  });
});

it('seals with the first key and opens with every key it has', async () => {
  const before = sealed({ keys: [old] });
  const rotated = sealed({ keys: [current, old] });
  expect(await rotated.decode(await before.encode(text, SLOT), SLOT)).toEqual(text);
  expect(await before.decode(await rotated.encode(text, SLOT), SLOT)).toEqual({ kind: 'unreadable' });
});

it('compresses what becomes shorter by it', async () => {
  const plain = await envelope.encode(text, SLOT);
  expect((await sealed({ keys: [current] }).encode(text, SLOT)).length).toBeLessThan(plain.length / 5);
  expect((await sealed({ keys: [current], compress: false }).encode(text, SLOT)).length).toBeGreaterThan(plain.length);
});

it('does not inflate a record beyond the limit', async () => {
  const codec = sealed({ keys: [current], maxBytes: 1000 });
  expect(await codec.decode(await codec.encode(text, SLOT), SLOT)).toEqual({ kind: 'unreadable' });
});

it('seals what any other codec makes of a record, and lets its failure be seen', async () => {
  const inner: RecordCodec = {
    encode: () => Promise.reject(new Error('inner')),
    decode: () => ({ kind: 'unreadable' }),
  };
  await expect(sealed({ keys: [current], inner }).encode(text, SLOT)).rejects.toThrow('inner');
});

it.each([
  ['short secrets', [{ id: 'a', secret: randomBytes(31) }], /at least 32 bytes/],
  ['empty ids', [{ id: '', secret: randomBytes(32) }], /1 to 32 characters/],
  ['long ids', [{ id: 'x'.repeat(33), secret: randomBytes(32) }], /1 to 32 characters/],
  ['doubled ids', [current, { ...old, id: current.id }], /same id/],
] as const)('does not start with %s', (_what, keys, message) => {
  expect(() => sealed({ keys: [...keys] as unknown as [SealKey] })).toThrow(message);
});
