/** Any storage and any lock as one source of facts. */
import { isThenable } from './awaitable.js';
import type { IdempotencyBackend, IdempotencyLock, IdempotencyStorage, Lease, StoredRecord } from './ports.js';

/** How long a record may take to be written. Two stores know no common moment: one that arrives later overwrites what was written since. */
const WRITE_MS = 30_000;

/**
 * A backend of two parts: one or two looks and a claim to open, a save and a release to settle, one look to replay, and a renewal besides
 * to replace. A storage that tells whether it has room is asked so before each claim and renewal.
 */
export function pair(storage: IdempotencyStorage, lock: IdempotencyLock): IdempotencyBackend {
  // One that comes late gives the place of its successor back, which takes it again with its next renewal.
  const release = async (lease: Lease): Promise<void> => {
    await lock.release(lease);
    await storage.vacate?.(lease.slot);
  };

  return {
    async open(lease, leaseMs, keepMs, evenIfKept = false) {
      if (!evenIfKept) {
        const kept = storage.find(lease.slot);
        const record = isThenable(kept) ? await kept : kept;
        if (record) return { record };
      }
      const place = storage.reserve ? storage.reserve(lease.slot, leaseMs) : true;
      if (!(isThenable(place) ? await place : place)) return { isFull: true };
      const asked = lock.acquire(lease, leaseMs, keepMs);
      const claim = isThenable(asked) ? await asked : asked;
      if (claim.kind === 'held') return { claim };
      // Looked at after the claim: whoever held the slot before us has saved by now, or never will while we hold it.
      let record: StoredRecord | undefined;
      try {
        const kept = storage.find(lease.slot);
        record = isThenable(kept) ? await kept : kept;
      } catch (error) {
        // Nobody runs under this claim. After a lapse it is left to lapse again, as a release would forget that nobody was told.
        if (claim.attempt === 1) await release(lease);
        throw error;
      }
      if (!record) return { claim };
      if (evenIfKept) return { claim, record };
      await release(lease);
      return { record };
    },

    async renew(lease, leaseMs) {
      const renewed = await lock.renew(lease, leaseMs);
      if (renewed === 'kept') await storage.reserve?.(lease.slot, leaseMs);
      return renewed;
    },

    release,

    async settle(lease, record, keepMs) {
      const saving = storage.save(lease.slot, record, keepMs);
      const saved = isThenable(saving) ? await saving : saving;
      try {
        const releasing = lock.release(lease);
        if (isThenable(releasing)) await releasing;
      } catch (error) {
        // A record of our own is saved again until the release goes through. Another's must be told; our lease lapses by itself.
        if (saved.kind === 'saved') throw error;
      }
      return saved;
    },

    async resettle(lease, record, keepMs) {
      // Renewed, nobody takes the slot from the look at the lease until the record is written.
      if ((await lock.renew(lease, WRITE_MS)) === 'lost') return storage.save(lease.slot, record, keepMs);
      await storage.replace(lease.slot, record, keepMs);
      await lock.release(lease);
      return { kind: 'saved' };
    },

    ...(lock.watch && { watch: lock.watch.bind(lock) }),
    ...(storage.onDrop && { onDrop: storage.onDrop.bind(storage) }),
  };
}

/** The lock of an application that wants none: everybody wins. Concurrent duplicates then all run. */
export const noLock: IdempotencyLock = {
  acquire: () => Promise.resolve({ kind: 'won', attempt: 1 }),
  renew: () => Promise.resolve('kept'),
  release: () => Promise.resolve(),
};
