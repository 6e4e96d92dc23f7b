/** What the cases of all suites stand on: connections, a clock, leases on fresh slots. */
import { randomBytes } from 'node:crypto';
import { kinds, type Lease } from '@nestjs-idempotency/core';
import type { Rig } from './case.js';
import { realTime, type Time } from './time.js';

/** How many ask at once wherever a clause speaks of concurrent callers. */
export const CROWD = 50;
/** A time nobody outlives in a case, for leases and records that must not end in it. */
export const LONG_MS = 600_000;

/** Where a store differs from the port. A difference that is declared is checked to be so, not skipped. */
export interface TimeDifferences {
  /** How far off a deadline may be, in milliseconds: the granularity of the store's clock. Default 25. */
  readonly coarseTimeMs?: number;
}

export const TIME_KINDS: kinds.KindsOf<TimeDifferences> = {
  coarseTimeMs: kinds.kind('a number of milliseconds from 0', (value) => Number.isFinite(value) && Number(value) >= 0),
};

/** A rig with what cases need around it. */
export interface Ground<Port> {
  readonly time: Time;
  readonly coarseMs: number;
  /** A lease that ends soon, and yet later than the store's clock is coarse. */
  readonly shortMs: number;
  connect(): Promise<Port>;
  /** `count` ports, spread over five connections. */
  crowd(count?: number): Promise<Port[]>;
}

/** Lays the ground on a rig. */
export function groundOf<Port>(rig: Rig<Port>, { coarseTimeMs = 25 }: TimeDifferences): Ground<Port> {
  const connect = async () => rig.connect();
  return {
    time: rig.time ?? realTime,
    coarseMs: coarseTimeMs,
    shortMs: 150 + 2 * coarseTimeMs,
    connect,
    async crowd(count = CROWD) {
      const connections = await Promise.all(Array.from({ length: 5 }, connect));
      return Array.from({ length: count }, (_, i) => connections[i % connections.length] as Port);
    },
  };
}

/** A slot nobody has used. */
export const newSlot = (): string => randomBytes(24).toString('base64url');

/** A wish to hold `slot`, with a fingerprint and a token of its own. */
export const newLease = (slot: string): Lease => ({
  slot,
  fingerprint: randomBytes(16).toString('hex'),
  token: randomBytes(16).toString('base64url'),
});

/** A record of `size` bytes; every byte value occurs in it from 256 bytes on. */
export function newRecord(size = 300): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) => i % 256);
  bytes.set(randomBytes(Math.min(8, size)));
  return bytes;
}
