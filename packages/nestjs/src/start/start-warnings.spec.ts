/** What is said once at start-up, and what is not. */
import { type IdempotencyStorage, MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import type { IdempotencyOptions } from '../settings/options.js';
import { surroundingsOf, warningsOf } from './start-warnings.js';

const memory = new MemoryStorage();
const lock = new MemoryLock();
const shared: IdempotencyStorage = {
  find: (slot) => memory.find(slot),
  save: (slot, record, keepMs) => memory.save(slot, record, keepMs),
  replace: (slot, record, keepMs) => memory.replace(slot, record, keepMs),
};
const sharedLock = { acquire: lock.acquire.bind(lock), renew: lock.renew.bind(lock), release: lock.release.bind(lock) };
const alone = { isOneOfSeveral: false, isProduction: false };
const several = { ...alone, isOneOfSeveral: true };
const production = { ...alone, isProduction: true };
const warned = (options: IdempotencyOptions, storage: IdempotencyStorage, where = alone, by: typeof sharedLock = lock) =>
  warningsOf({ application: 'orders', ...options }, { storage, lock: by }, where);

describe('at start-up', () => {
  it('says nothing of one process with its own memory, nor of parts that all processes share', () => {
    expect(warned({}, memory)).toEqual([]);
    expect(warned({}, shared, several, sharedLock)).toEqual([]);
    expect(warned({ storage: { cacheName: 'week', caches: { week: memory } } }, memory)).toEqual([]);
  });

  it('warns of an application without a name in a store that others may share', () => {
    const expected = [expect.stringContaining('Give forRoot an `application`')];
    const nameless = (options: IdempotencyOptions, storage = memory as IdempotencyStorage) =>
      warningsOf(options, { storage, lock: sharedLock }, alone);
    expect(nameless({}, shared)).toEqual(expected);
    expect(warningsOf({}, undefined, alone)).toEqual(expected);
    expect(nameless({ storage: { caches: { week: shared } } })).toEqual(expected);
    expect(nameless({})).toEqual([]);
  });

  it('warns of a lock that only this process sees beside a storage that others may share', () => {
    const expected = [expect.stringContaining('Give forRoot a `lock.use` that all processes share')];
    expect(warned({}, shared)).toEqual(expected);
    expect(warned({ storage: { caches: { week: shared } } }, memory)).toEqual(expected);
  });

  it('warns of a list of statuses that keeps nothing', () => {
    const expected = [expect.stringContaining('No answer is kept')];
    expect(warned({ storage: { storeOnStatuses: [] } }, memory)).toEqual(expected);
    expect(warned({ storeOnStatuses: [] }, memory)).toEqual(expected);
    expect(warned({ storage: { storeOnStatuses: [201] } }, memory)).toEqual([]);
  });

  it('warns of a lock that is off', () => {
    expect(warned({ lock: { enabled: false } }, memory)).toEqual([
      expect.stringContaining('The lock is off (`lock.enabled: false`)'),
    ]);
  });

  it('warns of memory in one of several processes', () => {
    const expected = [expect.stringContaining('a retry that reaches another process runs again')];
    expect(warned({}, memory, several)).toEqual(expected);
    expect(warned({ storage: { caches: { week: MemoryStorage } } }, shared, several, sharedLock)).toEqual(expected);
  });

  it('warns of production whose answers are all in memory, once', () => {
    const scope = () => 'ann';
    const ends = expect.stringContaining('Give forRoot a store that outlives it');
    expect(warned({ scope }, memory, production)).toEqual([ends]);
    expect(warned({ scope, storage: { cacheName: 'week', caches: { week: MemoryStorage } } }, shared, production)).toEqual([
      ends,
    ]);
    expect(warned({ scope }, shared, production, sharedLock)).toEqual([]);
    expect(warned({ scope, storage: { caches: { week: memory } } }, shared, production, sharedLock)).toEqual([]);
    expect(warned({ scope }, memory, { isOneOfSeveral: true, isProduction: true })).toEqual([
      expect.stringContaining('reaches another process'),
    ]);
  });

  it('warns of production in which a renewed token is another caller', () => {
    const expected = [expect.stringContaining('Give forRoot a `scope`')];
    const backend = {} as NonNullable<IdempotencyOptions['backend']>;
    expect(warned({}, shared, production, sharedLock)).toEqual(expected);
    expect(warningsOf({ application: 'orders', backend }, undefined, production)).toEqual(expected);
    expect(warned({}, shared, several, sharedLock)).toEqual([]);
  });

  it('leaves a backend to its own checks, and warns of named caches beside it, whose lock is not in it', () => {
    const backend = {} as NonNullable<IdempotencyOptions['backend']>;
    const application = 'orders';
    expect(warningsOf({ application, backend }, undefined, several)).toEqual([]);
    expect(warningsOf({ application, backend, storage: { caches: { week: shared } } }, undefined, alone)).toEqual([
      expect.stringContaining('The lock is in this process only'),
    ]);
  });

  it.each<[string, boolean, Record<string, string>, boolean]>([
    ['a worker of a cluster', true, {}, true],
    ['an instance of PM2', false, { NODE_APP_INSTANCE: '0' }, true],
    ['one of several that the platform starts', false, { WEB_CONCURRENCY: '4' }, true],
    ['the only one that the platform starts', false, { WEB_CONCURRENCY: '1' }, false],
    ['a process on its own', false, {}, false],
  ])('knows %s', (_, isWorker, env, expected) => {
    expect(surroundingsOf(isWorker, env).isOneOfSeveral).toBe(expected);
  });

  it.each([
    ['production', true],
    ['test', false],
    [undefined, false],
  ])('takes NODE_ENV=%s for what it says', (NODE_ENV, expected) => {
    expect(surroundingsOf(false, { NODE_ENV }).isProduction).toBe(expected);
  });
});
