/** Any storage beside any lock. */
import { MemoryLock } from './memory/lock.js';
import { MemoryStorage } from './memory/storage.js';
import { pair } from './pair.js';

const lease = { slot: 'slot', fingerprint: 'asked', token: 'mine' };
const other = { ...lease, token: 'other' };
const down = new Error('down');

describe('a pair', () => {
  it('holds no lease after a look that failed behind the claim, so that the key can be used as soon as the storage is back', async () => {
    const storage = new MemoryStorage();
    const lock = new MemoryLock();
    let looks = 0;
    const failing = { ...bound(storage), find: () => (++looks === 2 ? Promise.reject(down) : storage.find('slot')) };
    await expect(pair(failing, lock).open(lease, 1_000, 1_000)).rejects.toBe(down);
    expect(await pair(storage, lock).open(other, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });

  it('looks again behind the claim: who held the slot before may have saved since the first look', async () => {
    const storage = new MemoryStorage();
    const lock = new MemoryLock();
    const record = Buffer.from('kept');
    const saving = {
      ...bound(lock),
      acquire: async (...args: Parameters<MemoryLock['acquire']>) => {
        await storage.save('slot', record, 1_000);
        return lock.acquire(...args);
      },
    };
    expect(await pair(storage, saving).open(lease, 1_000, 1_000)).toEqual({ record });
    expect(await lock.acquire(other, 1_000, 1_000)).toEqual({ kind: 'won', attempt: 1 });
  });

  it('asks no lock for a replay', async () => {
    const storage = new MemoryStorage();
    const record = Buffer.from('kept');
    await storage.save('slot', record, 1_000);
    const never = { ...bound(new MemoryLock()), acquire: () => Promise.reject(down) };
    expect(await pair(storage, never).open(lease, 1_000, 1_000)).toEqual({ record });
  });
});

/** The methods of a class instance, so that some can be put in the place of others. */
function bound<T extends object>(instance: T): T {
  return new Proxy(instance, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    ownKeys: (target) => Reflect.ownKeys(Object.getPrototypeOf(target) as object).filter((name) => name !== 'constructor'),
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
  });
}
