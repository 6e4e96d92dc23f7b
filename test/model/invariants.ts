/** The promises of the library, as what must be true of every world and every move of the model. */
import type { Protocol } from './protocol.js';
import { fingerprintOf } from './slot.js';
import { NONE, REFUSED, TOMB, type World } from './world.js';

/** A promise of `docs`, by its number. */
export type Promised = 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | 'S8';

const count = <T>(all: readonly T[], which: (one: T) => boolean): number => all.filter(which).length;

/** The first promise that this world breaks. */
export function brokenIn(world: World, protocol: Protocol): Promised | undefined {
  const { record, deliveries } = world;
  for (const [i, { answer, deferred }] of deliveries.entries()) {
    if (answer === NONE || answer === REFUSED) continue;
    if (fingerprintOf(answer, world, protocol) !== fingerprintOf(i, world, protocol)) return 'S4';
    if (!deferred && answer !== record) return 'S2';
    // An answer given while its save failed may not be the record's, but only where a lease has lapsed as well, which is reported.
    if (deferred && record !== NONE && answer !== record && !deliveries.some(({ lapsed }) => lapsed)) return 'S2';
  }
  if (count(deliveries, ({ granted }) => granted) > 1) return 'S3';
  if (record !== NONE && record < TOMB && !deliveries[record]?.effected) return 'S8';
  const effects = count(deliveries, ({ effected }) => effected);
  if (effects > 1 + count(deliveries, ({ reported }) => reported)) return 'S7';
  if (effects > 1 && protocol.afterLapse === 'unknown') return 'S7';
  return undefined;
}

/** The promise that this move breaks, whatever the world after it looks like. */
export function brokenBy(before: World, after: World): Promised | undefined {
  if (before.record !== NONE && after.record !== before.record) return 'S1';
  // Nobody begins to run beside or after an effect unless one of the two leases has lapsed: what else happens can be prevented.
  const begins = after.deliveries.some(
    ({ step, lapsed }, i) => step === 'run' && !lapsed && before.deliveries[i]?.step !== 'run',
  );
  if (begins && before.deliveries.some(({ effected, lapsed }) => effected && !lapsed)) return 'S5';
  return undefined;
}
