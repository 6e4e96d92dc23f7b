/** The world outside this process, which takes its time: OUTSIDE_MS (200). */
import { setTimeout as elapsed } from 'node:timers/promises';

const OUTSIDE_MS = Number(process.env['OUTSIDE_MS'] ?? 200);

/** Settles when a warehouse, a courier or a compliance desk would have answered. */
export async function outside(): Promise<void> {
  await elapsed(OUTSIDE_MS);
}
