/** Transactional routes in a test that has no database. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IdempotencyBackend, Lease, StoredRecord } from '@nestjs-idempotency/core';

interface Inside {
  readonly leases: Lease[];
  /** By their slots: the work may call other routes of its application, whose records belong to its transaction as well. */
  readonly kept: Map<string, { readonly record: StoredRecord; readonly commit: () => Promise<unknown> }>;
  isOver?: true;
}

/**
 * `base` with a `transaction`: all records of it are kept when the work has ended well and in time, and its slots are free again when it has
 * not. Of what else the work does nothing is undone, as nobody here knows of it.
 */
export function withoutDatabase(base: IdempotencyBackend): IdempotencyBackend {
  const current = new AsyncLocalStorage<Inside>();
  const ending =
    (end: IdempotencyBackend['settle']): IdempotencyBackend['settle'] =>
    (...saving) => {
      const inside = current.getStore();
      if (!inside) return end(...saving);
      const [{ slot }, record] = saving;
      inside.kept.set(slot, { record, commit: () => end(...saving) });
      return Promise.resolve({ kind: 'saved' });
    };
  return {
    ...base,
    async open(lease, leaseMs, keepMs, evenIfKept) {
      const inside = current.getStore();
      const record = evenIfKept ? undefined : inside?.kept.get(lease.slot)?.record;
      if (record) return { record };
      const opened = await base.open(lease, leaseMs, keepMs, evenIfKept);
      if (opened.claim?.kind !== 'won' || !inside) return opened;
      inside.leases.push(lease);
      if (!inside.isOver) return opened;
      await base.release(lease);
      throw new Error('The transaction of this request is over.');
    },
    settle: ending(base.settle.bind(base)),
    resettle: ending(base.resettle.bind(base)),
    async transaction(work, signal) {
      const inside: Inside = { leases: [], kept: new Map() };
      const over = new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      try {
        const worked = await Promise.race([current.run(inside, work), over]);
        for (const { commit } of inside.kept.values()) await commit();
        return worked;
      } finally {
        inside.isOver = true;
        for (const lease of inside.leases) await base.release(lease);
      }
    },
  };
}
