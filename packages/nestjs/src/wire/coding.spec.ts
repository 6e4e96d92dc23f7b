/** A kept answer in a coding that the client of the replay may not read. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { accepts, decoded } from './coding.js';

const plain = Buffer.from('{"a":"b"}'.repeat(20));

function answer(coding: string, body: Uint8Array) {
  return { status: 200, headers: [['content-type', 'application/json'] as const, ['content-encoding', coding] as const], body };
}

describe('Accept-Encoding', () => {
  it.each([
    ['gzip', 'gzip', true],
    ['deflate, GZIP;q=0.5', 'gzip', true],
    ['gzip;q=0, *', 'gzip', false],
    ['gzip; q=0.000', 'gzip', false],
    ['*', 'br', true],
    ['*;q=0', 'br', false],
    ['identity', 'gzip', false],
    ['', 'gzip', false],
    [undefined, 'gzip', false],
  ])('%p and %s: %p', (header, coding, expected) => {
    expect(accepts(header, coding)).toBe(expected);
  });
});

describe('an encoded answer', () => {
  it('stays as it is for a client that accepts its coding', () => {
    const kept = answer('gzip', gzipSync(plain));
    expect(decoded(kept, 'gzip')).toBe(kept);
  });

  it.each([
    ['gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['br', brotliCompressSync(plain)],
  ])('of %s is decoded for a client that does not', async (coding, body) => {
    expect(await decoded(answer(coding, body), 'identity')).toEqual({
      status: 200,
      headers: [['content-type', 'application/json']],
      body: plain,
    });
  });

  it('stays as it is when it is not what it says, or in a coding nobody here knows', async () => {
    const lie = answer('gzip', plain);
    const strange = answer('compress', plain);
    expect(await decoded(lie, undefined)).toBe(lie);
    expect(await decoded(strange, undefined)).toBe(strange);
  });
});
