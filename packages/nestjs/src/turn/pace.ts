/** How long the turns of a route take, and from that when the answer of a running one may be there. */
import type { Terms } from '@nestjs-idempotency/core';

/** How much of the mean the last turn is: some ten turns after a change, the mean is the new one. */
const SHARE = 0.2;

/** The least that a client is told: `Retry-After` is in whole seconds. */
const AT_LEAST_MS = 1_000;

type Bounds = Pick<Terms, 'leaseMs' | 'holdAtMostMs' | 'transactional'>;

/** The state of one route: a number. */
export class Pace {
  #meanMs: number | undefined;

  /** Notes how long a turn took whose handler ran. */
  took(ms: number): void {
    this.#meanMs = blended(this.#meanMs, ms);
  }

  /** When to come back for the answer of a turn that runs, of which the lock says `leftMs`. */
  comeBackAfterMs(leftMs: number, bounds: Bounds): number {
    return comeBackAfterMs(this.#meanMs, leftMs, bounds);
  }
}

/** The exponentially weighted mean of all turns, with one that took `ms`. */
export const blended = (meanMs: number | undefined, ms: number): number =>
  meanMs === undefined ? ms : meanMs + SHARE * (ms - meanMs);

/**
 * What turns take, without what this one has taken for sure, which is what its lease has lost since it was granted or renewed. At least a
 * second, and at most what the lease has left: by then the answer is there, or the lease was renewed, or it has lapsed. In a transaction,
 * which has no lease, at most as long as it may be held. Where no turn has ended yet, what the lock says.
 */
export function comeBackAfterMs(meanMs: number | undefined, leftMs: number, bounds: Bounds): number {
  if (meanMs === undefined) return leftMs;
  const { leaseMs, holdAtMostMs, transactional } = bounds;
  const [takenMs, atMostMs] = transactional ? [0, holdAtMostMs] : [Math.max(leaseMs - leftMs, 0), leftMs];
  return Math.min(Math.max(meanMs - takenMs, AT_LEAST_MS), atMostMs);
}
