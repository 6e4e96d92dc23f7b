/** Records of a transaction that does not end well are not kept, and its slots are free. */
import { expect, it } from '@jest/globals';
import { type IdempotencyBackend, MemoryLock, MemoryStorage, pair } from '@nestjs-idempotency/core';
import { withoutDatabase } from './without-database.js';

const lease = { slot: 'slot', fingerprint: 'asked', token: 'one' };
const made = (): { storage: MemoryStorage; backend: IdempotencyBackend } => {
  const storage = new MemoryStorage();
  return { storage, backend: withoutDatabase(pair(storage, new MemoryLock())) };
};
const begin = async (backend: IdempotencyBackend): Promise<void> => {
  expect((await backend.open(lease, 60_000, 60_000)).claim?.kind).toBe('won');
  expect(await backend.settle(lease, new Uint8Array(3), 60_000)).toEqual({ kind: 'saved' });
};
const next = async (backend: IdempotencyBackend) => (await backend.open({ ...lease, token: 'two' }, 60_000, 60_000)).claim?.kind;

it('keeps what was saved by work that ended well', async () => {
  const { backend, storage } = made();
  expect(await backend.transaction?.(() => begin(backend).then(() => 'done'))).toBe('done');
  expect([storage.size, await next(backend)]).toEqual([1, undefined]);
});

it('keeps nothing of work that rejects after it has saved', async () => {
  const { backend, storage } = made();
  const work = async (): Promise<never> => {
    await begin(backend);
    throw new Error('no commit');
  };
  await expect(backend.transaction?.(work)).rejects.toThrow('no commit');
  expect([storage.size, await next(backend)]).toEqual([0, 'won']);
});

it('keeps nothing of work that goes on after its time', async () => {
  const { backend, storage } = made();
  const time = new AbortController();
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let work: Promise<void> | undefined;
  const over = backend.transaction?.(() => (work = held.then(() => begin(backend))), time.signal);
  time.abort(new Error('its time is over'));
  await expect(over).rejects.toThrow('its time is over');
  goOn();
  await expect(work).rejects.toThrow('is over');
  expect([storage.size, await next(backend)]).toEqual([0, 'won']);
});

const inner = { slot: 'inner', fingerprint: 'asked of another route', token: 'within' };
const beginInner = async (backend: IdempotencyBackend): Promise<void> => {
  expect((await backend.open(inner, 60_000, 60_000)).claim?.kind).toBe('won');
  expect(await backend.settle(inner, new Uint8Array(5), 60_000)).toEqual({ kind: 'saved' });
};
const nextInner = async (backend: IdempotencyBackend) => backend.open({ ...inner, token: 'two' }, 60_000, 60_000);

it('keeps what another route that the work calls has saved, too', async () => {
  const { backend, storage } = made();
  await backend.transaction?.(async () => {
    await beginInner(backend);
    await begin(backend);
  });
  expect([storage.size, (await nextInner(backend)).record?.byteLength, await next(backend)]).toEqual([2, 5, undefined]);
});

it('gives what was saved within to whoever asks within', async () => {
  const { backend, storage } = made();
  await backend.transaction?.(async () => {
    await beginInner(backend);
    expect((await nextInner(backend)).record?.byteLength).toBe(5);
    expect(storage.size).toBe(0);
  });
  expect(storage.size).toBe(1);
});

it('keeps nothing of another route that the work calls where the work rejects', async () => {
  const { backend, storage } = made();
  const work = async (): Promise<never> => {
    await beginInner(backend);
    await begin(backend);
    throw new Error('no commit');
  };
  await expect(backend.transaction?.(work)).rejects.toThrow('no commit');
  expect([storage.size, (await nextInner(backend)).claim?.kind, await next(backend)]).toEqual([0, 'won', 'won']);
});

it('saves at once outside of a transaction', async () => {
  const { backend, storage } = made();
  await begin(backend);
  expect(storage.size).toBe(1);
});
