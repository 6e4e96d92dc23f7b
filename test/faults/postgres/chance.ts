/** Seeded chance, so that a campaign's choices can be repeated; what the processes make of them cannot. */

export interface Chance {
  /** From 0 up to `below`, a whole number. */
  upTo(below: number): number;
  of<T>(all: readonly T[]): T;
}

/** Mulberry32: enough for choices, and small. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (below: number): number => Math.floor(next() * below);
  return {
    upTo,
    of<T>(all: readonly T[]): T {
      if (all.length === 0) throw new RangeError('There is nothing to choose from.');
      return all[upTo(all.length)] as T;
    },
  };
}
