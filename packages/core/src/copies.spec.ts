/** A second copy of the package, as `require` loads one beside `import`: here the same files, loaded once more. */
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as one from './index.js';

let other: typeof one;
beforeAll(async () => {
  jest.resetModules();
  other = await import('./index.js');
});

it('is another copy', () => {
  expect(other.IdempotencyUnavailableError).not.toBe(one.IdempotencyUnavailableError);
});

describe('a class', () => {
  it('knows what the other copy made, and what extends it there', () => {
    expect(new other.IdempotencyConflictError('lost')).toBeInstanceOf(one.IdempotencyConflictError);
    expect(new other.IdempotencyHandlerError('undone')).toBeInstanceOf(one.IdempotencyHandlerError);
    expect(new other.IdempotencyExpiredError('late')).toBeInstanceOf(one.IdempotencyExpiredError);
    expect(new other.IdempotencyExpiredError('late')).toBeInstanceOf(one.IdempotencyUnavailableError);
    expect(new other.MemoryLock()).toBeInstanceOf(one.MemoryLock);
    expect(new other.MemoryStorage()).toBeInstanceOf(one.MemoryStorage);
  });

  it('takes nothing else for its own', () => {
    expect(new other.IdempotencyUnavailableError('down')).not.toBeInstanceOf(one.IdempotencyExpiredError);
    expect(new other.IdempotencyUnavailableError('down')).not.toBeInstanceOf(one.IdempotencyConflictError);
    for (const value of [new Error('down'), { name: 'IdempotencyConflictError' }, null, undefined, 'text'])
      expect(value instanceof one.IdempotencyConflictError).toBe(false);
  });

  it('that an application derives has an `instanceof` of its own', () => {
    class Mine extends one.IdempotencyUnavailableError {}
    expect(new Mine('down')).toBeInstanceOf(Mine);
    expect(new Mine('down')).toBeInstanceOf(other.IdempotencyUnavailableError);
    expect(new one.IdempotencyUnavailableError('down')).not.toBeInstanceOf(Mine);
    expect(new other.IdempotencyExpiredError('late')).not.toBeInstanceOf(Mine);
  });
});

it('state under a name is made once, by whoever asks first', () => {
  const mine = one.shared('test', () => new Map());
  expect(other.shared('test', () => new Map())).toBe(mine);
  expect(other.shared('another test', () => new Map())).not.toBe(mine);
});

it('what the store of one copy throws, the engine of the other tells apart', async () => {
  const lost = new other.IdempotencyConflictError('lost');
  const store = one.pair(new one.MemoryStorage(), new one.MemoryLock());
  const engine = new one.Engine({ ...store, open: () => Promise.reject(lost) });
  const terms = { leaseMs: 1_000, keepMs: 1_000, waitMs: 0, transactional: false } as unknown as one.Terms;
  await expect(engine.run({ slot: 'a', fingerprint: 'f' }, terms, () => Promise.resolve(1))).rejects.toBe(lost);
});
