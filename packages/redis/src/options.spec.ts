/** What is wrong with options is said when they are given. */
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { RedisBackend } from './backend.js';
import { fromIoredis, type IoredisClient } from './ioredis.js';
import { names } from './keys.js';
import { RedisLock } from './lock.js';
import { fromNodeRedis, type NodeRedisClient } from './node-redis.js';
import { settings, type RedisOptions } from './options.js';
import { type RedisSource, toCommand } from './source.js';
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

describe('a client of a driver', () => {
  const io = new Redis({ lazyConnect: true });
  const ioCluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
  const node = createClient();
  const nodeCluster = createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] });
  const nodeSentinel = createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] });
  const pool = createClientPool({ url: 'redis://127.0.0.1:1' });
  afterAll(() => {
    io.disconnect();
    ioCluster.disconnect();
  });
  const take = (source: unknown) => toCommand(source as RedisSource, () => undefined);
  const asIoredis = (client: unknown) => fromIoredis(client as IoredisClient);
  const asNodeRedis = (client: unknown) => fromNodeRedis(client as NodeRedisClient);
  const proxied = (client: object) => new Proxy(client, {});
  /** As a tool that observes makes one: its own object, in front of the client. */
  const inFront = (client: object) => new Proxy({}, { get: (_, name) => Reflect.get(client, name, client) as unknown });
  const reply = () => Promise.resolve(null);

  it.each<[string, object]>([
    ['a Redis', io],
    ['a Cluster', ioCluster],
    ['one that is proxied', proxied(io)],
    ['one behind another object', inFront(io)],
    ['one that inherits', Object.create(io) as object],
    ['one that only looks like it', { isCluster: false, callBuffer: reply, evalBuffer: reply, evalshaBuffer: reply }],
  ])('of ioredis is taken: %s', (_, client) => {
    for (const command of [take(client), asIoredis(client)]) expect(command.advice()).toEqual([]);
    expect(() => asNodeRedis(client)).toThrow(
      'fromNodeRedis takes a client of node-redis; this is one of ioredis: write fromIoredis(…)',
    );
  });

  it.each<[string, object]>([
    ['a client', node],
    ['a Cluster', nodeCluster],
    ['a Sentinel', nodeSentinel],
    ['one that is proxied', proxied(node)],
    ['one behind another object', inFront(nodeSentinel)],
    ['one that only looks like it', { isOpen: true, sendCommand: reply, listenerCount: () => 0 }],
  ])('of node-redis is taken: %s', (_, client) => {
    for (const command of [take(client), asNodeRedis(client)]) expect(command.advice()).toHaveLength(1);
    expect(() => asIoredis(client)).toThrow(
      'fromIoredis takes a client of ioredis; this is one of node-redis: write fromNodeRedis(…)',
    );
  });

  it.each<[string, unknown, string]>([
    ['an object', {}, 'it was given an object.'],
    ['nothing', undefined, 'it was given undefined.'],
    ['null', null, 'it was given null.'],
    ['a class', Redis, 'it was given a class.'],
    ['a promise', Promise.resolve(io), 'it was given a promise, which must be awaited.'],
    ['a URL', 'redis://:secret@h', 'a URL is given to RedisBackend, RedisStorage or RedisLock as it is.'],
    ['a URL that is read', new URL('redis://:secret@h'), 'a URL is given to RedisBackend, RedisStorage or RedisLock as it is.'],
    ['what is a RedisCommand already', asIoredis(io), 'this is a RedisCommand already: give it as it is.'],
  ])('is not %s', (_, given, words) => {
    for (const ask of [() => asIoredis(given), () => asNodeRedis(given)]) {
      expect(ask).toThrow(TypeError);
      expect(ask).toThrow(words);
      expect(ask).not.toThrow('secret');
    }
  });

  it.each<[string, unknown, string]>([
    ['a pipeline of ioredis', io.pipeline(), 'A pipeline of ioredis is no client: give the client that it was made of.'],
    ['a pipeline of its Cluster', ioCluster.pipeline(), 'A pipeline of ioredis is no client'],
    ['a transaction of ioredis', io.multi(), 'A pipeline of ioredis is no client'],
    ['a transaction of node-redis', node.multi(), 'A multi() of node-redis is no client: give the client that it was made of.'],
    ['a transaction of its Sentinel', nodeSentinel.multi(), 'A multi() of node-redis is no client'],
    ['a legacy client', node.legacy(), 'A legacy() of node-redis answers by callbacks: give the client that it was made of.'],
    ['a transaction of a legacy client', node.legacy().multi(), 'A multi() of node-redis is no client'],
    ['a pool', pool, 'A pool of node-redis cannot be subscribed with. Give a client'],
  ])('is not %s, wherever it is given', (_, given, words) => {
    for (const ask of [take, asIoredis, asNodeRedis]) expect(() => ask(given)).toThrow(words);
  });
});

it('takes a URL that is read, and ends what it makes of it', () => {
  const command = toCommand(new URL('redis://127.0.0.1:1/2'), () => undefined);
  expect(command.where).toBe('127.0.0.1:1');
  expect(command).toHaveProperty('close');
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
