/** Transactional routes in a test that has no database. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IdempotencyBackend, Lease } from '@nestjs-idempotency/core';

interface Inside {
  readonly leases: Lease[];
  commit?: () => Promise<unknown>;
  isOver?: true;
}

/**
 * `base` with a `transaction`: records of it are kept when the work has ended well and in time, and its slots are free again when it has
 * not. Of what else the work does nothing is undone, as nobody here knows of it.
 */
export function withoutDatabase(base: IdempotencyBackend): IdempotencyBackend {
  const current = new AsyncLocalStorage<Inside>();
  const ending =
    (end: IdempotencyBackend['settle']): IdempotencyBackend['settle'] =>
    (...saving) => {
      const inside = current.getStore();
      if (!inside) return end(...saving);
      inside.commit = () => end(...saving);
      return Promise.resolve({ kind: 'saved' });
    };
  return {
    ...base,
    async open(lease, ...terms) {
      const opened = await base.open(lease, ...terms);
      const inside = current.getStore();
      if (opened.claim?.kind !== 'won' || !inside) return opened;
      inside.leases.push(lease);
      if (!inside.isOver) return opened;
      await base.release(lease);
      throw new Error('The transaction of this request is over.');
    },
    settle: ending(base.settle.bind(base)),
    resettle: ending(base.resettle.bind(base)),
    async transaction(work, signal) {
      const inside: Inside = { leases: [] };
      const over = new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      try {
        const worked = await Promise.race([current.run(inside, work), over]);
        await inside.commit?.();
        return worked;
      } finally {
        inside.isOver = true;
        for (const lease of inside.leases) await base.release(lease);
      }
    },
  };
}
