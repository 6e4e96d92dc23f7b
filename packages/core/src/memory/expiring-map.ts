/** A map whose entries end at their time: lazily when read, and by one timer when nobody reads. */
import { type Clock, LONGEST_TIMER_MS } from '../clock.js';

interface Entry<V> {
  readonly key: string;
  value: V;
  setAt: number;
  queue: Queue<V>;
  before: Entry<V> | undefined;
  after: Entry<V> | undefined;
}

/** Entries of one duration, linked in the order in which they were set, which is the order in which they end. */
interface Queue<V> {
  readonly keepMs: number;
  first: Entry<V> | undefined;
  last: Entry<V> | undefined;
}

/** The timer looks no more often than this, so that a million entries cost one timer a second at most. */
const SWEEP_AT_LEAST_MS = 1_000;
/** So many durations stay known though nothing of theirs is held: an application has few, and uses each again. */
const SPARE_QUEUES = 16;
/** What one turn of the process drops at most: a million entries that end together must not stop it. */
const SWEEP_AT_MOST = 10_000;

/** Nothing is sorted and nothing is scanned: every step but a sweep costs the same with one entry and with a million. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #queues = new Map<number, Queue<V>>();
  readonly #clock: Clock;
  readonly #onEnd: ((value: V) => void) | undefined;
  #sweepAt = Infinity;
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, onEnd?: (value: V) => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Entries held, those included whose time is over but which were not swept yet. */
  get size(): number {
    return this.#entries.size;
  }

  /** An entry ends when its time is over: at exactly `keepMs` it is gone. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.setAt + entry.queue.keepMs > this.#clock.now()) return entry.value;
    this.#remove(entry);
    return undefined;
  }

  set(key: string, value: V, keepMs: number): void {
    const known = this.#entries.get(key);
    if (known) {
      this.#unlink(known);
      this.#onEnd?.(known.value);
    }
    let queue = this.#queues.get(keepMs);
    if (!queue) this.#queues.set(keepMs, (queue = { keepMs, first: undefined, last: undefined }));
    const setAt = this.#clock.now();
    const entry: Entry<V> = known ?? { key, value, setAt, queue, before: undefined, after: undefined };
    entry.value = value;
    entry.setAt = setAt;
    entry.queue = queue;
    entry.before = queue.last;
    if (queue.last) queue.last.after = entry;
    else queue.first = entry;
    queue.last = entry;
    if (!known) this.#entries.set(key, entry);
    this.#sweepBy(setAt + keepMs);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry) this.#remove(entry);
  }

  /** Drops all, at once: for tests, whose maps are small. */
  clear(): void {
    for (const entry of [...this.#entries.values()]) this.#remove(entry);
  }

  /** The key that was set longest ago. */
  oldest(): string | undefined {
    let oldest: Entry<V> | undefined;
    for (const { first } of this.#queues.values()) if (first && !(oldest && oldest.setAt <= first.setAt)) oldest = first;
    return oldest?.key;
  }

  /** Frees what has ended, ten thousand entries at most; further ones in the turns that follow. */
  sweep(): void {
    const now = this.#clock.now();
    let left = SWEEP_AT_MOST;
    for (const queue of this.#queues.values()) {
      for (; queue.first && queue.first.setAt + queue.keepMs <= now; left -= 1) {
        if (left === 0) {
          this.#sweepBy(now, 0);
          return;
        }
        this.#remove(queue.first);
      }
      if (queue.first) this.#sweepBy(queue.first.setAt + queue.keepMs);
    }
  }

  #remove(entry: Entry<V>): void {
    this.#unlink(entry);
    this.#entries.delete(entry.key);
    this.#onEnd?.(entry.value);
  }

  #unlink(entry: Entry<V>): void {
    const { queue, before, after } = entry;
    if (before) before.after = after;
    else queue.first = after;
    if (after) after.before = before;
    else queue.last = before;
    // Left linked, an entry that was removed late in its life would keep all that were set after it from being freed early.
    entry.before = entry.after = undefined;
    if (!queue.first && this.#queues.size > SPARE_QUEUES) this.#queues.delete(queue.keepMs);
  }

  #sweepBy(endsAt: number, atLeastMs = SWEEP_AT_LEAST_MS): void {
    if (endsAt >= this.#sweepAt) return;
    this.#cancelSweep?.();
    this.#sweepAt = endsAt;
    const ms = Math.max(atLeastMs, Math.min(endsAt - this.#clock.now(), LONGEST_TIMER_MS));
    this.#cancelSweep = this.#clock.after(ms, () => {
      this.#sweepAt = Infinity;
      this.sweep();
    });
  }
}
