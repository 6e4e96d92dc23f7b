/** What the store does when it is told to, rule by rule. */
import type { Protocol } from './protocol.js';
import { NONE, TOMB, withDelivery, type World } from './world.js';

/** More lapses than this are not told apart. */
const MOST_ATTEMPTS = 4;

/** The last delivery may ask for something else; the others are tries of one request. */
export const fingerprintOf = (record: number, { deliveries }: World, { lastAsksOtherwise }: Protocol): number =>
  lastAsksOtherwise && record % TOMB === deliveries.length - 1 ? 1 : 0;

/** The lock is asked by `i`. Gives the world after, and the attempt that was won, or 0 where somebody else holds the slot. */
export function acquire(world: World, i: number, protocol: Protocol): { world: World; attempt: number } {
  const { holder, live } = world;
  if (live && holder !== i && protocol.claimExcludes) return { world, attempt: 0 };
  const next = holder === i ? world.attempt : holder === NONE || !protocol.countsLapses ? 1 : world.attempt + 1;
  const attempt = next > MOST_ATTEMPTS ? MOST_ATTEMPTS : next;
  return { world: withDelivery({ ...world, holder: i, live: true, attempt }, i, { granted: true }), attempt };
}

/** The holder of a lapsed lease has it back if nobody took it. */
export function renew(world: World, i: number, protocol: Protocol): World {
  if (world.holder !== i && protocol.renewNeedsToken) return world;
  return withDelivery({ ...world, holder: i, live: true }, i, { granted: true });
}

/** The lease ends by itself; its trace stays. */
export const lapse = (world: World): World =>
  withDelivery({ ...world, live: false }, world.holder, { lapsed: true, granted: false });

/** Frees the slot. */
export function release(world: World, i: number, protocol: Protocol): World {
  const ended = withDelivery(world, i, { granted: false });
  if (world.holder !== i && protocol.releaseNeedsToken) return ended;
  return { ...ended, holder: NONE, live: false, attempt: 0 };
}

/** Writes the record if there is none; `told` is what the slot holds afterwards. */
export function save(world: World, record: number, protocol: Protocol): { world: World; told: number } {
  if (world.record !== NONE && protocol.writesOnce) return { world, told: world.record };
  return { world: { ...world, record }, told: record };
}
