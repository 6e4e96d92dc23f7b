/** Two requests that cannot both commit. */
import type { Lease } from '@nestjs-idempotency/core';
import { PostgresBackend } from '@nestjs-idempotency/postgres';
import { fresh } from '../ground.js';
import type { OpenTool } from './tool.js';

export const newLease = (slot = fresh()): Lease => ({ slot, fingerprint: fresh(), token: fresh() });
export const record = Uint8Array.from({ length: 300 }, (_, i) => i % 256);

/** Two serializable transactions each read what the other writes. Gives what the loser was rejected with. */
export async function collide({ serializable, look, effect }: OpenTool): Promise<unknown> {
  const backend = new PostgresBackend(serializable, { purgeEveryMs: false });
  let arrived = 0;
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => (meet = resolve));
  const step = async (): Promise<void> => {
    const lease = newLease();
    await backend.open(lease, 1_000, 1_000);
    await look();
    arrived += 1;
    if (arrived === 2) meet();
    await met;
    await effect('collision');
    await backend.settle(lease, record, 1_000);
  };
  const outcomes = await Promise.allSettled([backend.transaction(step), backend.transaction(step)]);
  return outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
}
