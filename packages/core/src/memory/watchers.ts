/** Who in this process waits for which slot. */
import type { Watch } from '../ports.js';

/** One watch on a slot. Its promise is made only when somebody waits: most watches are closed before. */
class Waiter implements Watch {
  #woken: Promise<void> | undefined;
  #resolve: (() => void) | undefined;
  #isWoken = false;

  constructor(
    readonly slot: string,
    private readonly watchers: Watchers,
  ) {}

  get woken(): Promise<void> {
    if (this.#isWoken) return Promise.resolve();
    return (this.#woken ??= new Promise((resolve) => {
      this.#resolve = resolve;
    }));
  }

  wake(): void {
    this.#isWoken = true;
    this.#resolve?.();
  }

  close(): void {
    this.watchers.forget(this);
  }
}

/** A registry of watches by slot, for locks that learn in this process that a slot has changed. */
export class Watchers {
  /** Mostly one for a slot, as each request watches its own until it has its turn. */
  readonly #waiters = new Map<string, Waiter | Set<Waiter>>();

  /** Slots that are watched now. */
  get size(): number {
    return this.#waiters.size;
  }

  watch(slot: string): Watch {
    const waiter = new Waiter(slot, this);
    const others = this.#waiters.get(slot);
    if (others === undefined) this.#waiters.set(slot, waiter);
    else if (others instanceof Waiter) this.#waiters.set(slot, new Set([others, waiter]));
    else others.add(waiter);
    return waiter;
  }

  wake(slot: string): void {
    const waiters = this.#waiters.get(slot);
    if (waiters instanceof Waiter) waiters.wake();
    else if (waiters) for (const waiter of waiters) waiter.wake();
  }

  /** Wakes everybody: what was missed is not known, so all look again. */
  wakeAll(): void {
    for (const slot of this.#waiters.keys()) this.wake(slot);
  }

  forget(waiter: Waiter): void {
    const waiters = this.#waiters.get(waiter.slot);
    if (waiters === undefined) return;
    const isLast = waiters instanceof Waiter ? waiters === waiter : waiters.delete(waiter) && waiters.size === 0;
    if (isLast) this.#waiters.delete(waiter.slot);
  }
}
