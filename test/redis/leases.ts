/** Leases and records for tests of Redis. */
import { randomUUID } from 'node:crypto';
import type { Lease } from '@nestjs-idempotency/core';

export const LONG_MS = 600_000;

export function leaseOn(slot: string = randomUUID()): Lease {
  return { slot, fingerprint: 'asked', token: randomUUID() };
}

/** Every byte value, so that no text encoding on the way goes unseen. */
export const RECORD = Uint8Array.from({ length: 256 }, (_, i) => i);
