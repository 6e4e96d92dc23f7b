/** What a `MemoryStorage` is given. */
import type { Clock } from '../clock.js';
import { aboveZero, either, integer, just, type KindsOf, oneOf, optionsOf, withMethods } from '../kinds/index.js';

export interface MemoryStorageOptions {
  /**
   * Keys in use at most: kept records and running requests together. Default 100,000. Only what is kept for a request whose lease had
   * ended before it did comes on top: what has happened is always kept.
   */
  readonly maxRecords?: number;
  /**
   * Bytes of records, without the map's own, from which on no new key is taken. Default 256 MiB. Requests that run then still keep their
   * answers, so the most that is held is this and one answer for each of them.
   */
  readonly maxBytes?: number;
  /**
   * What happens to a new key at the bound. `'refuse'`, the default: it is refused (`store-full`), and all others go on.
   * `'drop-oldest'`: it is taken, and the oldest record is dropped, though a retry of its request will then run again; each is a fault `dropped`.
   */
  readonly whenFull?: 'refuse' | 'drop-oldest';
  readonly clock?: Clock;
}

const WHEN_FULL = oneOf(['refuse', 'drop-oldest'], {
  reject: 'refuse',
  error: 'refuse',
  throw: 'refuse',
  drop: 'drop-oldest',
  evict: 'drop-oldest',
  lru: 'drop-oldest',
});

const KINDS: KindsOf<MemoryStorageOptions> = {
  maxRecords: either(integer(1), just(Infinity)),
  maxBytes: aboveZero,
  whenFull: WHEN_FULL,
  clock: withMethods('now', 'after'),
};

/** `options`, if they are right: a bound that is none would refuse every key, or none, and a misspelt word would drop answers. */
export const checkStorageOptions = (options: MemoryStorageOptions): MemoryStorageOptions =>
  optionsOf('MemoryStorage', options, KINDS);
