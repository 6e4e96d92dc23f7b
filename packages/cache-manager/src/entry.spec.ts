/** Entries: every record comes back as it went in; what is damaged is unreadable, never empty. */
import { readEntry, writeEntry } from './entry.js';

const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
const unreadable = { kind: 'record', record: new Uint8Array(0) };

describe('readEntry', () => {
  it('gives back all 256 byte values as they were', () => {
    expect(readEntry({ value: writeEntry(bytes, 10) }, 9)).toEqual({ kind: 'record', record: bytes });
  });

  it('takes a view into a larger buffer for its own bytes only', () => {
    expect(readEntry({ value: writeEntry(bytes.subarray(10, 12), 10) }, 9)).toEqual({
      kind: 'record',
      record: bytes.slice(10, 12),
    });
  });

  it('gives bytes that share no memory with any other record', () => {
    const value = writeEntry(bytes, 10);
    const entry = readEntry({ value }, 9);
    if (entry.kind === 'record') entry.record.fill(0);
    expect(readEntry({ value }, 9)).toEqual({ kind: 'record', record: bytes });
  });

  it('is empty from its deadline on, not a millisecond earlier', () => {
    const raw = { value: writeEntry(bytes, 1_000) };
    expect(readEntry(raw, 999).kind).toBe('record');
    expect(readEntry(raw, 1_000)).toEqual({ kind: 'empty' });
  });

  it('keeps a record without an end', () => {
    expect(readEntry({ value: writeEntry(bytes, Infinity) }, Number.MAX_SAFE_INTEGER).kind).toBe('record');
  });

  it('is empty when the cache has nothing', () => {
    expect(readEntry(undefined, 0)).toEqual({ kind: 'empty' });
  });

  it.each([
    ['null', null],
    ['a number', 5],
    ['a wrapping without a value', { expires: 1 }],
    ['a value of another form', { value: { status: 201 } }],
    ['text of someone else', { value: 'hello' }],
    ['a newer form', { value: 'i2;10;AAAA' }],
    ['a damaged deadline', { value: 'i1;1x0;AAAA' }],
    ['damaged bytes', { value: 'i1;-;AA\u0000A' }],
  ])('takes %s for a record that nobody can read', (_, raw) => {
    expect(readEntry(raw, 0)).toEqual(unreadable);
  });
});
