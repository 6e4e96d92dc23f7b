/** How what is written to a response is read as an answer. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { bytesOf, hasBody, readHead } from './answer.js';
import { plainHead } from './plain-head.js';

const limits = { maxBodyBytes: 100, keeps: (name: string) => name !== 'set-cookie' };

function response(headers: Record<string, string | string[]> = {}): ServerResponse {
  const fresh = new ServerResponse(new IncomingMessage(new Socket()));
  for (const [name, value] of Object.entries(headers)) fresh.setHeader(name, value);
  return fresh;
}

describe('a head', () => {
  it('has the headers that were set one by one, each value of its own, and not those that are not kept', () => {
    const set = response({ Link: ['</a>', '</b>'], ETag: '"1"', 'Set-Cookie': 'sid=1' });
    set.statusCode = 202;
    expect(readHead(set, limits)).toEqual({
      status: 202,
      headers: [
        ['link', '</a>'],
        ['link', '</b>'],
        ['etag', '"1"'],
      ],
      length: NaN,
      isEventStream: false,
      isBeyondAscii: false,
    });
  });

  it('lets what writeHead was given win', () => {
    const head = readHead(response({ etag: '"1"', 'content-length': '3' }), limits, [
      201,
      { ETag: '"2"', 'Content-Length': 4, 'X-N': 7 },
    ]);
    expect(head).toMatchObject({ status: 201, length: 4 });
    expect(head.headers).toEqual([
      ['etag', '"2"'],
      ['content-length', '4'],
      ['x-n', '7'],
    ]);
  });

  it('finds the headers behind a reason', () => {
    expect(readHead(response(), limits, [200, 'Fine', { ETag: '"3"' }]).headers).toEqual([['etag', '"3"']]);
  });

  it('is refused where Node would refuse it, so that it never becomes a record', () => {
    expect(() => readHead(response(), limits, [200, { 'X-Name': 'a\r\nb' }])).toThrow(
      'Invalid character in header content ["X-Name"]',
    );
  });

  it('knows an event stream', () => {
    expect(readHead(response(), limits, [200, { 'content-type': 'text/event-stream; charset=utf-8' }]).isEventStream).toBe(true);
  });
});

describe('the arguments of writeHead', () => {
  it.each([
    ['a flat list', ['Link', '</a>', 'ETag', '"1"', 'link', '</b>']],
    [
      'a list of pairs',
      [
        ['Link', '</a>'],
        ['ETag', '"1"'],
        ['link', '</b>'],
      ],
    ],
  ])('keep every value of %s', (_form, list) => {
    expect(plainHead([200, 'OK', list])).toEqual([200, 'OK', { Link: ['</a>', '</b>'], ETag: '"1"' }]);
  });

  it('stay as they are with an object, which is copied, and without headers', () => {
    const headers = { a: 'b', c: ['d'] };
    const args = plainHead([200, headers]);
    headers.a = 'x';
    headers.c.push('x');
    expect(args).toEqual([200, { a: 'b', c: ['d'] }]);
    expect(plainHead([204])).toEqual([204]);
  });
});

describe('the bytes of a chunk', () => {
  it('are those of its encoding', () => {
    expect(bytesOf('ü', undefined)).toEqual(Buffer.from([0xc3, 0xbc]));
    expect(bytesOf('ü', 'latin1')).toEqual(Buffer.from([0xfc]));
    expect(bytesOf('AQI=', 'base64')).toEqual(Buffer.from([1, 2]));
  });

  it('do not change when their owner uses the memory again', () => {
    const owned = Buffer.from('abc');
    const taken = bytesOf(owned, undefined);
    owned.fill('x');
    expect(taken.toString()).toBe('abc');
  });

  it.each([
    [null, 'ERR_STREAM_NULL_VALUES'],
    [7, 'ERR_INVALID_ARG_TYPE'],
    [{}, 'ERR_INVALID_ARG_TYPE'],
  ])('of %p are refused as Node refuses them', (chunk, code) => {
    expect(() => bytesOf(chunk, undefined)).toThrow(expect.objectContaining({ code }));
  });
});

it('a body follows every status but those that have none', () => {
  expect([100, 199, 200, 204, 205, 304, 404].filter(hasBody)).toEqual([200, 205, 404]);
});
