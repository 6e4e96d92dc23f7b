/** The storage over in-memory Keyvs and over stores that are made to fail. The clauses of the port are in test/contract. */
import { jest } from '@jest/globals';
import { createCache } from 'cache-manager';
import Keyv from 'keyv';
import { CacheManagerStorage } from './cache-manager-storage.js';

const DAY = 86_400_000;
const record = Uint8Array.from({ length: 256 }, (_, index) => index);
const other = Uint8Array.of(1, 2, 3);

/** A store whose calls can be replaced one by one. */
class Adapter {
  readonly opts = {};
  readonly kept = new Map<string, unknown>();
  get = (key: string): unknown => Promise.resolve(this.kept.get(key));
  set = (key: string, value: unknown): unknown => Promise.resolve(void this.kept.set(key, value));
  delete = (key: string): unknown => Promise.resolve(this.kept.delete(key));
  clear = (): Promise<void> => Promise.resolve(this.kept.clear());
}

function over(adapter: unknown, options = {}): CacheManagerStorage {
  const keyv = new Keyv({ store: adapter, throwOnErrors: true, emitErrors: false });
  return new CacheManagerStorage(createCache({ stores: [keyv] }), options);
}

describe('CacheManagerStorage', () => {
  it('keeps bytes through a cache that serialises to JSON, and through one that keeps live values', async () => {
    for (const cache of [createCache({ stores: [new Keyv()] }), createCache()]) {
      const storage = new CacheManagerStorage(cache);
      await storage.save('slot', record, DAY);
      await expect(storage.find('slot')).resolves.toEqual(record);
    }
  });

  it('lets one of 50 concurrent savers win, over two storages on one store, and tells the others its record', async () => {
    const adapter = new Adapter();
    const keyv = new Keyv({ store: adapter, throwOnErrors: true });
    const one = new CacheManagerStorage(createCache({ stores: [keyv] }));
    const two = new CacheManagerStorage(createCache({ stores: [keyv] }));
    const saved = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? one : two).save('slot', Uint8Array.of(index), DAY)),
    );
    const winner = saved.findIndex((saver) => saver.kind === 'saved');
    expect(saved.filter((saver) => saver.kind === 'saved')).toHaveLength(1);
    expect(saved.filter((_, index) => index !== winner)).toEqual(
      Array.from({ length: 49 }, () => ({ kind: 'taken', record: Uint8Array.of(winner) })),
    );
    await expect(one.find('slot')).resolves.toEqual(Uint8Array.of(winner));
  });

  it('keeps a record whose time is longer than a timer can be', async () => {
    const storage = over(new Adapter());
    await storage.save('slot', record, 40 * DAY);
    await storage.save('for ever', record, Infinity);
    await expect(storage.find('slot')).resolves.toEqual(record);
    await expect(storage.find('for ever')).resolves.toEqual(record);
  });

  it('keeps records as long as the named cache says, where it says so', async () => {
    const cache = createCache({ ttl: 1 });
    const brief = new CacheManagerStorage(cache, { prefix: 'five-minutes:', keepMs: 5 * 60_000 });
    const atOnce = new CacheManagerStorage(cache, { prefix: 'at-once:', keepMs: Number.MIN_VALUE });
    await brief.save('slot', record, DAY);
    await atOnce.save('slot', record, DAY);
    await expect(brief.find('slot')).resolves.toEqual(record);
    await expect(atOnce.find('slot')).resolves.toBeUndefined();
  });

  it('does not delete a record that expired, as another process may have saved a new one by then', async () => {
    const adapter = new Adapter();
    const deleted: string[] = [];
    adapter.delete = (key) => Promise.resolve(deleted.push(key) > 0);
    const storage = over(adapter);
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
    await storage.save('slot', record, 1_000);
    clock.mockReturnValue(now + 1_001);
    await expect(storage.find('slot')).resolves.toBeUndefined();
    await expect(storage.save('slot', other, DAY)).resolves.toEqual({ kind: 'saved' });
    clock.mockRestore();
    expect(deleted).toEqual([]);
  });

  it('uses the last store of a cache with several, which is the one that others share', async () => {
    const shared = new Adapter();
    const one = new CacheManagerStorage(createCache({ stores: [new Keyv(), new Keyv({ store: shared, throwOnErrors: true })] }));
    const two = new CacheManagerStorage(createCache({ stores: [new Keyv(), new Keyv({ store: shared, throwOnErrors: true })] }));
    await one.save('slot', record, DAY);
    await two.replace('slot', other, DAY);
    await expect(one.find('slot')).resolves.toEqual(other);
  });

  it.each([
    ['text that is no JSON', '{"value":"i1;'],
    ['JSON of something else', '{"value":{"status":201}}'],
    ['JSON that is no wrapping', '5'],
    ['nothing at all', ''],
  ])('takes %s in the store for a record that nobody can read, and saves nothing over it', async (_, text) => {
    const adapter = new Adapter();
    adapter.kept.set('keyv:idempotency:slot', text);
    const storage = over(adapter);
    await expect(storage.find('slot')).resolves.toEqual(new Uint8Array(0));
    await expect(storage.save('slot', record, DAY)).resolves.toEqual({ kind: 'taken', record: new Uint8Array(0) });
    expect(adapter.kept.get('keyv:idempotency:slot')).toBe(text);
  });

  it('rejects, and does not find an empty slot, when a read of the store fails or throws', async () => {
    const adapter = new Adapter();
    const storage = over(adapter);
    adapter.get = () => Promise.reject(new Error('connection refused'));
    await expect(storage.find('slot')).rejects.toThrow('connection refused');
    await expect(storage.save('slot', record, DAY)).rejects.toThrow('connection refused');
    adapter.get = () => {
      throw new Error('closed');
    };
    await expect(storage.find('slot')).rejects.toThrow('closed');
    expect(adapter.kept.size).toBe(0);
  });

  it('rejects when a write fails, throws, or is refused', async () => {
    const adapter = new Adapter();
    const storage = over(adapter);
    adapter.set = () => Promise.reject(new Error('connection refused'));
    await expect(storage.save('slot', record, DAY)).rejects.toThrow('connection refused');
    await expect(storage.replace('slot', record, DAY)).rejects.toThrow('connection refused');
    adapter.set = () => Promise.resolve(false);
    await expect(storage.save('slot', record, DAY)).rejects.toThrow('The cache refused to store a record.');
  });

  it('refuses a Keyv that swallows errors, naming the cure', () => {
    const silent = createCache({ stores: [new Keyv({ store: new Adapter() })] });
    expect(() => new CacheManagerStorage(silent)).toThrow('Set `throwOnErrors: true` on it');
  });

  it('refuses a store adapter that swallows errors beneath a Keyv that does not', () => {
    const adapter = Object.assign(new Adapter(), { throwOnErrors: false });
    const silent = createCache({ stores: [new Keyv({ store: adapter, throwOnErrors: true })] });
    expect(() => new CacheManagerStorage(silent)).toThrow("the Keyv's store adapter swallows errors");
  });

  it('refuses a cache whose last store is no Keyv', () => {
    expect(() => new CacheManagerStorage({ stores: [] })).toThrow('is not a Keyv');
    expect(() => new CacheManagerStorage({ stores: [{ get: 1 }] })).toThrow('is not a Keyv');
  });

  it('refuses a time to keep that is no time', () => {
    expect(() => new CacheManagerStorage(createCache(), { keepMs: 0 })).toThrow(
      '`keepMs` must be a number of milliseconds above 0',
    );
    expect(() => new CacheManagerStorage(createCache(), { keepMs: NaN })).toThrow('`keepMs`');
  });

  it('warns at start-up of a cache that is a Map of this process, and of no other', async () => {
    await expect(new CacheManagerStorage(createCache()).check()).resolves.toEqual([
      expect.stringContaining('a Map of this process'),
    ]);
    await expect(over(new Adapter()).check()).resolves.toEqual([]);
  });
});

it.each<[string, unknown, string]>([
  ['a misspelt name', { prefx: 'a' }, 'CacheManagerStorage: `prefx` is not an option: did you mean `prefix`?'],
  ['a time in letters', { keepMs: '5' }, '`keepMs` must be a number of milliseconds above 0; it is a string.'],
  ['a prefix that is none', { prefix: null }, '`prefix` must be a string; it is null.'],
  ['a prefix in the place of options', 'app:', 'options must be an object'],
])('refuses %s', (_, options, words) => {
  expect(() => new CacheManagerStorage(createCache(), options as object)).toThrow(words);
});

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['a Keyv', new Keyv()],
  ['a promise', Promise.resolve(createCache())],
])('refuses %s in the place of a cache', (_, cache) => {
  expect(() => new CacheManagerStorage(cache as never)).toThrow(
    'takes a cache of cache-manager 7, `createCache({ stores: […] })`',
  );
});
