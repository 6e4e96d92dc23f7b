/** What is wrong with options is said when they are given. */
import { describe, expect, it, jest } from '@jest/globals';
import { createClientPool } from 'redis';
import { RedisBackend } from './backend.js';
import { names } from './keys.js';
import { RedisLock } from './lock.js';
import { settings, type RedisOptions } from './options.js';
import { toCommand } from './source.js';
import { RedisStorage } from './storage.js';

it('has the defaults that are documented', () => {
  expect(settings('RedisStorage', {})).toMatchObject({ prefix: 'idempotency:', timeoutMs: 1_000, replicas: undefined });
});

it.each<[string, RedisOptions]>([
  ['RedisStorage: `timeoutMs`', { timeoutMs: 0 }],
  ['RedisStorage: `timeoutMs`', { timeoutMs: Number.NaN }],
  ['RedisStorage: `timeoutMs`', { timeoutMs: '500' as never }],
  ['RedisStorage: `timeoutMs`', { timeoutMs: 2 ** 31 }],
  ['RedisStorage, in `replicas`: `count`', { replicas: { count: 0, timeoutMs: 100 } }],
  ['RedisStorage, in `replicas`: `timeoutMs`', { replicas: { count: 1, timeoutMs: 0.5 } }],
])('refuses what is no positive whole number, or too long for a timer: %s', (name, options) => {
  expect(() => settings('RedisStorage', options)).toThrow(`${name} must be a whole number from 1`);
});

describe.each([RedisStorage, RedisLock, RedisBackend])('%p', (Store) => {
  const made = (options: unknown) => () => new Store('redis://127.0.0.1:1', options as RedisOptions);

  it.each<[string, unknown, string]>([
    ['a misspelt name', { timeoutms: 5 }, `${Store.name}: \`timeoutms\` is not an option: did you mean \`timeoutMs\`?`],
    ['a misspelt name of the replicas', { replicas: { cuont: 1, timeoutMs: 1 } }, 'in `replicas`: `cuont` is not an option'],
    ['replicas without a number', { replicas: { timeoutMs: 1 } }, '`count` is missing'],
    ['a number of replicas alone', { replicas: 2 }, '`replicas` must be an object, { count, timeoutMs }'],
    ['a prefix that is none', { prefix: 5 }, '`prefix` must be a string without braces'],
    ['a listener that is none', { onFault: 'console' }, '`onFault` must be a function; it is a string.'],
    ['a prefix in the place of options', 'app:', `${Store.name}: options must be an object`],
  ])('refuses %s', (_, options, words) => {
    expect(made(options)).toThrow(words);
  });
});

it('refuses braces in the prefix, which would tear the keys of a slot apart in a Cluster', () => {
  expect(() => settings('RedisLock', { prefix: 'app{1}:' })).toThrow('without braces');
  expect(names('app:').lease('s')).toBe('app:{s}:lease');
});

it('refuses what is no client', () => {
  for (const other of [{}, undefined, null, 6379, Promise.resolve({}), () => 'redis://', { host: 'localhost' }])
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
      const { onFault } = settings('RedisStorage', {});
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
