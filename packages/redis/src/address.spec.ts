/** Redis URLs, read. */
import { describe, expect, it } from '@jest/globals';
import { readAddress } from './address.js';

it.each([
  ['redis://localhost', { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], tls: false }],
  ['redis://localhost/', { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], tls: false }],
  ['redis://[::1]:6380/2', { kind: 'single', nodes: [{ host: '::1', port: 6380 }], tls: false, path: '2' }],
  [
    'rediss://user:p%40ss:word@cache.example:6380/0',
    {
      kind: 'single',
      nodes: [{ host: 'cache.example', port: 6380 }],
      tls: true,
      username: 'user',
      password: 'p@ss:word',
      path: '0',
    },
  ],
  ['redis://:secret@host', { kind: 'single', nodes: [{ host: 'host', port: 6379 }], tls: false, password: 'secret' }],
  [
    'redis+cluster://a:7000,b:7001,c',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
      tls: false,
    },
  ],
  [
    'rediss+sentinel://a,b:26380/payments',
    {
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 26380 },
      ],
      tls: true,
      path: 'payments',
    },
  ],
])('reads %s', (url, address) => {
  expect(readAddress(url)).toEqual(address);
});

describe('refuses, without quoting what may be a password,', () => {
  it.each([
    ['another protocol', 'http://:secret@host', 'cannot be read'],
    ['no host', 'redis://:secret@', 'cannot be read'],
    ['two hosts of a single server', 'redis://:secret@a,b', 'must name one host'],
    ['a Sentinel without the name of the primary', 'redis+sentinel://:secret@a', 'name of the primary'],
    ['a database that is no number', 'redis://:secret@a/zero', 'number of a database'],
    ['a port that is no number', 'redis://:secret@a:b', 'host that cannot be read'],
  ])('%s', (_what, url, message) => {
    const read = () => readAddress(url);
    expect(read).toThrow(message);
    expect(read).not.toThrow('secret');
  });
});
