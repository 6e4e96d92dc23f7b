/** Tells that a store is full without filling the log as well: whoever fills the one would otherwise fill the other. */
import type { Clock } from './clock.js';
import type { OnFault } from './faults.js';

const ONCE_IN_MS = 60_000;

export class FullNotice {
  readonly #clock: Clock;
  readonly #onFault: OnFault;
  #toldAt = -Infinity;
  #refused = 0;

  constructor({ clock, onFault }: { readonly clock: Clock; readonly onFault: OnFault }) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** Counts a refusal. The first is told at once, and those that follow with the first one a minute later or more. */
  refused(slot: string): void {
    this.#refused += 1;
    const now = this.#clock.now();
    if (now - this.#toldAt < ONCE_IN_MS) return;
    this.#onFault({ kind: 'store-full', slot, refused: this.#refused });
    this.#toldAt = now;
    this.#refused = 0;
  }
}
