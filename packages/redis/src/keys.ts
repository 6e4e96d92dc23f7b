/** Where things are in Redis. */

/** The names of one installation. */
export interface Names {
  /** All keys of a slot have it as their hash tag, so that a Cluster keeps them on one node. */
  lease(slot: string): string;
  record(slot: string): string;
  /** The channel on which a slot is named when it changes and somebody waits. */
  readonly channel: string;
}

export function names(prefix: string): Names {
  return {
    lease: (slot) => `${prefix}{${slot}}:lease`,
    record: (slot) => `${prefix}{${slot}}:record`,
    channel: `${prefix}changed`,
  };
}
