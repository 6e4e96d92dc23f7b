/** The world of the model: one slot, and the deliveries of one request that meet at it. Everything is a small number, so that a world is a short string. */

/** Where a delivery is. `new` has not come in, `done` has its answer, `dead` was killed. */
export const STEPS = [
  'new',
  'ask',
  'claim',
  'look',
  'run',
  'save',
  'resave',
  'release',
  'giveUp',
  'reopen',
  'bury',
  'done',
  'dead',
] as const;
/** One of the steps. */
export type Step = (typeof STEPS)[number];

/** No delivery, no record, no answer. */
export const NONE = -1;
/** The record of a tombstone that delivery `i` wrote is `TOMB + i`; that of its answer is `i`. */
export const TOMB = 10;
/** An error of ours: a refusal, or the client was told that nobody knows. */
export const REFUSED = 20;

/** A message whose sender gave up on it, and which may still arrive. */
export const STRAY = { acquire: 1, save: 2, release: 4 } as const;

/** One request that carries the key. */
export interface Delivery {
  readonly step: Step;
  /** What the lock told it. */
  readonly attempt: number;
  /** What it is going to answer: the record it was told of, or its own. */
  readonly told: number;
  /** What its client heard. */
  readonly answer: number;
  /** Its client heard its own answer while its record was not known to be kept. */
  readonly deferred: boolean;
  readonly effected: boolean;
  /** It reported that an earlier lease had lapsed. */
  readonly reported: boolean;
  /** Its lease has lapsed at least once since it was granted. */
  readonly lapsed: boolean;
  /** It was granted a lease that was neither ended by itself nor lapsed. */
  readonly granted: boolean;
  readonly strays: number;
}

/** The slot and everybody at it. */
export interface World {
  readonly record: number;
  /** Who was the last to hold the slot, whether it still does, and as the how manieth attempt. */
  readonly holder: number;
  readonly live: boolean;
  readonly attempt: number;
  readonly deliveries: readonly Delivery[];
}

const fresh: Delivery = {
  step: 'new',
  attempt: 0,
  told: NONE,
  answer: NONE,
  deferred: false,
  effected: false,
  reported: false,
  lapsed: false,
  granted: false,
  strays: 0,
};

/** The world before anybody came. */
export const emptyWorld = (deliveries: number): World => ({
  record: NONE,
  holder: NONE,
  live: false,
  attempt: 0,
  deliveries: Array.from({ length: deliveries }, () => fresh),
});

/** The same world with one delivery changed. */
export function withDelivery(world: World, i: number, change: Partial<Delivery>): World {
  const deliveries = world.deliveries.slice();
  deliveries[i] = { ...(deliveries[i] as Delivery), ...change };
  return { record: world.record, holder: world.holder, live: world.live, attempt: world.attempt, deliveries };
}

const stepCode = new Map(STEPS.map((step, code) => [step, code]));

// Bound once: under a test runner, a global is looked up in its sandbox each time.
const { fromCharCode } = String;

/** What can be said of one delivery without naming another: each number has its own bits. */
function codeOf({ record, holder, deliveries }: World, i: number): number {
  const { step, attempt, deferred, effected, reported, lapsed, granted, strays } = deliveries[i] as Delivery;
  const flags = [deferred, effected, reported, lapsed, granted, holder === i, record === i];
  const bits = flags.reduce((code, flag) => code * 2 + (flag ? 1 : 0), (stepCode.get(step) ?? 0) * 8 + attempt);
  return bits * 8 + strays;
}

/** Equal for equal worlds, and for worlds in which the first `alike` deliveries have only changed places: they do not differ but in name. */
export function keyOf(world: World, alike: number): string {
  const codes = world.deliveries.map((_, i) => codeOf(world, i));
  const order = codes
    .map((_, i) => i)
    .sort((a, b) => (a < alike && b < alike ? (codes[a] as number) - (codes[b] as number) : a - b));
  const rename = (who: number): number => {
    if (who === NONE || who === REFUSED) return who + 1;
    return who < TOMB ? order.indexOf(who) + 1 : TOMB + order.indexOf(who - TOMB) + 1;
  };
  let key = fromCharCode(((rename(world.record) * 8 + rename(world.holder)) * 2 + (world.live ? 1 : 0)) * 8 + world.attempt);
  for (const i of order) {
    const { told, answer } = world.deliveries[i] as Delivery;
    const code = codes[i] as number;
    key += fromCharCode(code >> 16, code & 0xffff, rename(told) * 32 + rename(answer));
  }
  return key;
}
