/** What is wrong with options is said when they are given. */
import { describe, expect, it, jest } from '@jest/globals';
import { createClientPool } from 'redis';
import { names } from './keys.js';
import { settings, type RedisOptions } from './options.js';
import { toCommand } from './source.js';

it('has the defaults that are documented', () => {
  expect(settings({})).toMatchObject({ prefix: 'idempotency:', timeoutMs: 1_000, replicas: undefined });
});

it.each<[string, RedisOptions]>([
  ['timeoutMs', { timeoutMs: 0 }],
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['replicas.count', { replicas: { count: 0, timeoutMs: 100 } }],
  ['replicas.timeoutMs', { replicas: { count: 1, timeoutMs: 0.5 } }],
])('refuses a %s that is no positive whole number, by its name', (name, options) => {
  expect(() => settings(options)).toThrow(`The Redis option \`${name}\` must be`);
});

it('refuses braces in the prefix, which would tear the keys of a slot apart in a Cluster', () => {
  expect(() => names('app{1}:')).toThrow('must not contain braces');
  expect(names('app:').lease('s')).toBe('app:{s}:lease');
});

it('refuses what is no client', () => {
  for (const other of [{}, undefined, null, 6379])
    expect(() => toCommand(other as never, () => undefined)).toThrow('Not a Redis client');
});

it('refuses a pool of node-redis, and names the cure', () => {
  const pool = createClientPool({ url: 'redis://127.0.0.1:1' });
  expect(() => toCommand(pool as never, () => undefined)).toThrow(
    'A pool of node-redis cannot be subscribed with. Give a client',
  );
});

describe('where nobody is told of faults', () => {
  it('warns once a minute and message', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    try {
      const { onFault } = settings({});
      onFault(new Error('down'));
      onFault(new Error('down'));
      onFault(new Error('up and down'));
      expect(warn.mock.calls).toEqual([
        ['down', 'IdempotencyRedisWarning'],
        ['up and down', 'IdempotencyRedisWarning'],
      ]);
    } finally {
      warn.mockRestore();
    }
  });
});
