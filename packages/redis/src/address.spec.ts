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
  ['REDISS+Cluster://A:7000', { kind: 'cluster', nodes: [{ host: 'A', port: 7000 }], tls: true }],
  ['redis://h?family=6', { kind: 'single', nodes: [{ host: 'h', port: 6379 }], tls: false, family: 6 }],
  ['redis://h/?family=0', { kind: 'single', nodes: [{ host: 'h', port: 6379 }], tls: false, family: 0 }],
  ['rediss://h:1/3?family=4', { kind: 'single', nodes: [{ host: 'h', port: 1 }], tls: true, path: '3', family: 4 }],
  ['redis://:a?b #c@h', { kind: 'single', nodes: [{ host: 'h', port: 6379 }], tls: false, password: 'a?b #c' }],
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
    ['a password that is not encoded', 'redis://u:secret%@h:1', 'a `%` in its user or password that stands for no character'],
    ['half a character', 'redis://u:secret%C3@h:1', 'a `%` in its user or password that stands for no character'],
    ['a slash in the password', 'redis://u:sec/secret@h:1', 'a `/` or `@` in its user or password: write `%2F` or `%40`'],
    ['an at sign in the password', 'redis://u:secret@secret@h:1', 'a `/` or `@` in its user or password'],
    ['another query', 'redis://:secret@h/0?db=2', 'has a query: of one only `family=4`, `family=6` or `family=0` is known'],
    ['another family', 'redis://:secret@h/0?family=5', 'has a query: of one only'],
    ['a query with more', 'redis://:secret@h/0?family=6&password=secret', 'has a query: of one only'],
    ['a query of a Cluster', 'redis+cluster://:secret@h?family=6', 'has a query: of one only'],
    ['a query of a Sentinel', 'redis+sentinel://:secret@h/main?family=6', 'has a query: of one only'],
    ['a space before it', ' redis://:secret@h', 'has white space around it'],
    ['the end of a line', 'redis://:secret@h\n', 'has white space around it'],
    ['a socket', 'unix://secret.sock', 'A socket is given to a client'],
    ['another name of it', 'redis+unix:///secret.sock', 'A socket is given to a client'],
    ['the path of a socket', '/var/run/secret.sock', 'A socket is given to a client'],
    ['no scheme', 'secret:6379', 'cannot be read: its scheme is none of redis, rediss'],
    ['a port that is too high', 'redis://:secret@h:99999', 'names a port that is not from 1 to 65535'],
    ['no port', 'redis://:secret@h:0', 'names a port that is not from 1 to 65535'],
    ['nothing', '', 'The Redis URL is empty'],
    ['a port that is no number', 'redis://:secret@a:b', 'host that cannot be read'],
  ])('%s', (_what, url, message) => {
    const read = () => readAddress(url);
    expect(read).toThrow(message);
    expect(read).not.toThrow('secret');
  });
});
