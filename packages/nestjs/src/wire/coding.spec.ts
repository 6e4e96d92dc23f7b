/** A kept answer in a coding that the client of the replay may not read. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { decoded, formFor } from './coding.js';

const plain = Buffer.from('{"a":"b"}'.repeat(20));

function answer(coding: string, body: Uint8Array) {
  return { status: 200, headers: [['content-type', 'application/json'] as const, ['content-encoding', coding] as const], body };
}

const LIMIT = 1_000;

describe('Accept-Encoding', () => {
  it.each([
    ['gzip', 'gzip', 'kept'],
    ['deflate, GZIP;q=0.5', 'gzip', 'kept'],
    ['gzip', 'x-gzip', 'kept'],
    ['gzip;q=0, *', 'gzip', 'decoded'],
    ['gzip; q=0.000', 'gzip', 'decoded'],
    ['*', 'br', 'kept'],
    ['identity', 'gzip', 'decoded'],
    ['', 'gzip', 'decoded'],
    [undefined, 'gzip', 'decoded'],
    ['br, identity;q=0', 'gzip', 'kept'],
    ['*;q=0', 'br', 'kept'],
    ['gzip;q=0.1, identity', 'gzip', 'kept'],
    [',;q=;gzip', 'gzip', 'decoded'],
  ])('%p and %s: %s', (header, coding, expected) => {
    expect(formFor(header, coding)).toBe(expected);
  });
});

describe('an encoded answer', () => {
  it('stays as it is for a client that accepts its coding', () => {
    const kept = answer('gzip', gzipSync(plain));
    expect(decoded(kept, 'gzip', LIMIT)).toBe(kept);
  });

  it.each([
    ['gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['br', brotliCompressSync(plain)],
  ])('of %s is decoded for a client that does not', async (coding, body) => {
    expect(await decoded(answer(coding, body), 'identity', LIMIT)).toEqual({
      status: 200,
      headers: [
        ['content-type', 'application/json'],
        ['vary', 'Accept-Encoding'],
      ],
      body: plain,
    });
  });

  it('stays as it is when it is not what it says, or in a coding nobody here knows', async () => {
    const lie = answer('gzip', plain);
    const strange = answer('compress', plain);
    expect(await decoded(lie, undefined, LIMIT)).toBe(lie);
    expect(await decoded(strange, undefined, LIMIT)).toBe(strange);
  });

  it('loses what tells of its bytes, and is validated weakly', async () => {
    const headers = [
      ['content-encoding', 'gzip'],
      ['content-digest', 'sha-256=:AA==:'],
      ['repr-digest', 'sha-256=:AA==:'],
      ['etag', '"v1"'],
      ['vary', 'Origin, accept-encoding'],
      ['location', '/1'],
    ] as const;
    expect(await decoded({ status: 201, headers, body: gzipSync(plain) }, 'identity', LIMIT)).toEqual({
      status: 201,
      headers: [
        ['etag', 'W/"v1"'],
        ['vary', 'Origin, accept-encoding'],
        ['location', '/1'],
      ],
      body: plain,
    });
    const weak = {
      status: 201,
      headers: [['content-encoding', 'gzip'] as const, ['etag', 'W/"v1"'] as const],
      body: gzipSync(plain),
    };
    expect((await decoded(weak, 'identity', LIMIT)).headers).toContainEqual(['etag', 'W/"v1"']);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('of %s stays as it is when it would be longer than any answer that is kept', async (coding, encode) => {
    const long = answer(coding, encode(Buffer.alloc(LIMIT + 1)));
    const fitting = answer(coding, encode(Buffer.alloc(LIMIT)));
    expect(await decoded(long, 'identity', LIMIT)).toBe(long);
    expect((await decoded(fitting, 'identity', LIMIT)).body).toHaveLength(LIMIT);
  });

  it('that is part of a whole stays as it is', () => {
    const part = { ...answer('gzip', gzipSync(plain)), status: 206 };
    expect(decoded(part, 'identity', LIMIT)).toBe(part);
  });
});
