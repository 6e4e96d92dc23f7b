/** Calls to a store that end. */
import { ManualClock } from '../test/manual-clock.js';
import { IdempotencyConflictError, IdempotencyUnavailableError } from './errors.js';
import { MemoryLock } from './memory/lock.js';
import { MemoryStorage } from './memory/storage.js';
import { pair } from './pair.js';
import type { IdempotencyBackend } from './ports.js';
import { timed } from './timed.js';

const lease = { slot: 'slot', fingerprint: 'asked', token: 'token' };
const never = (): Promise<never> => new Promise(() => undefined);

describe('a timed backend', () => {
  it.each<[string, (backend: IdempotencyBackend) => Promise<unknown>]>([
    ['open', (backend) => backend.open(lease, 1, 1)],
    ['renew', (backend) => backend.renew(lease, 1)],
    ['release', (backend) => backend.release(lease)],
    ['settle', (backend) => backend.settle(lease, Buffer.of(1), 1)],
    ['resettle', (backend) => backend.resettle(lease, Buffer.of(1), 1)],
  ])('gives up a call to %s that does not end, and says which', async (name, call) => {
    const clock = new ManualClock();
    const hanging: IdempotencyBackend = { open: never, renew: never, release: never, settle: never, resettle: never };
    const outcome = call(timed(hanging, 50, clock));
    const failed = expect(outcome).rejects.toEqual(
      new IdempotencyUnavailableError(`The store did not answer to '${name}' within 50 ms.`),
    );
    await clock.pass(50);
    await failed;
  });

  it('passes on what is answered in time, and leaves no timer', async () => {
    const clock = new ManualClock();
    const backend = timed(pair(new MemoryStorage({ clock }), new MemoryLock({ clock })), 50, clock);
    expect(await backend.open(lease, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    expect(await backend.renew(lease, 1_000)).toBe('kept');
    expect(await backend.settle(lease, Buffer.of(1), 1_000)).toEqual({ kind: 'saved' });
    await backend.resettle(lease, Buffer.of(2), 1_000);
    await backend.release(lease);
    expect(backend.watch).toBeDefined();
    expect(backend.transaction).toBeUndefined();
    // The sweeps of the storage, its places and the lock.
    expect(clock.pending).toBeLessThanOrEqual(3);
  });

  it('passes on an error as it is', async () => {
    const clock = new ManualClock();
    const broken = new Error('broken');
    const failing: IdempotencyBackend = {
      ...timed({ open: () => Promise.reject(broken), renew: never, release: never, settle: never, resettle: never }, 50, clock),
    };
    await expect(failing.open(lease, 1, 1)).rejects.toBe(broken);
    expect(clock.pending).toBe(0);
  });

  it('has what the backend has besides, and calls it on the backend', async () => {
    class Whole {
      readonly #said = 'by the backend';
      readonly open = never;
      readonly renew = never;
      readonly release = never;
      readonly settle = never;
      readonly resettle = never;
      transaction<T>(): Promise<T> {
        return Promise.resolve(this.#said as T);
      }
      isConflict(error: unknown): boolean {
        return error === this.#said;
      }
      onDrop(listener: (slot: string) => void): void {
        listener(this.#said);
      }
      check(): Promise<readonly string[]> {
        return Promise.resolve([this.#said]);
      }
      close(): Promise<void> {
        return Promise.reject(new Error(this.#said));
      }
    }
    const dropped: string[] = [];
    timed(new Whole(), 50, new ManualClock()).onDrop?.((slot) => dropped.push(slot));
    expect(dropped).toEqual(['by the backend']);
    const { transaction, isConflict, check, close } = timed(new Whole(), 50, new ManualClock());
    await expect(transaction?.(never)).resolves.toBe('by the backend');
    expect(isConflict?.('by the backend')).toBe(true);
    await expect(check?.()).resolves.toEqual(['by the backend']);
    await expect(close?.()).rejects.toThrow('by the backend');
  });

  it('says by its name that the store is unavailable', () => {
    expect(String(new IdempotencyUnavailableError('gone'))).toBe('IdempotencyUnavailableError: gone');
    expect(String(new IdempotencyConflictError('lost'))).toBe('IdempotencyConflictError: lost');
  });
});
