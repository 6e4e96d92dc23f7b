/** Buries a slot whose handler ended its transaction itself: what it did may stand, so nothing runs there again. */
import type { Means } from './attempt.js';
import type { Lease, Saved } from './ports.js';
import { retrying } from './retrying.js';
import { writeTombstone } from './stored.js';
import type { Terms } from './turn.js';

/** The longest pause between two saves that fail. */
const EVERY_MS = 1_000;

/**
 * Leaves a tombstone outside of any transaction; a record that another one kept stays, and refuses a retry as well. Where the store fails
 * it is told of, and tried again in the background for as long as a lease would last. Never rejects.
 */
export async function bury(means: Means, lease: Lease, { keepMs, leaseMs }: Pick<Terms, 'keepMs' | 'leaseMs'>): Promise<void> {
  const { backend, clock, onFault } = means;
  const { slot, fingerprint } = lease;
  const tombstone = await writeTombstone(means, { fingerprint, loss: 'unknown' }, slot);
  const save = (): Promise<Saved> => backend.settle(lease, tombstone, keepMs);
  try {
    await save();
  } catch (cause) {
    onFault({ kind: 'save-failed', slot, cause });
    const later = retrying(save, { clock, everyMs: EVERY_MS, forMs: leaseMs, isOver: () => false });
    later.catch((last: unknown) => {
      onFault({ kind: 'save-abandoned', slot, cause: last });
    });
  }
}
