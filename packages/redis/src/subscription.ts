/** One subscription for all duplicates of this process that wait: it costs a connection, not a round trip. */
import { Watchers, type Watch } from '@nestjs-idempotency/core';
import type { RedisCommand } from './command.js';
import { toError } from './faults.js';
import { named } from './where.js';

const ASK_AGAIN_AFTER_MS = 1_000;

export class Subscription {
  readonly #client: RedisCommand;
  readonly #channel: string;
  readonly #onFault: (error: Error) => void;
  readonly #watchers = new Watchers();
  #end: (() => Promise<void>) | undefined;
  /** Names the subscription of now: one that was closed may still be heard of. */
  #current: object | undefined;
  #startedAt = -Infinity;
  #isUp = false;
  #isClosed = false;
  #asking: ((isUp: boolean) => void)[] = [];

  constructor(client: RedisCommand, channel: string, onFault: (error: Error) => void) {
    this.#client = client;
    this.#channel = channel;
    this.#onFault = onFault;
  }

  /** Watches from now on. As long as the subscription does not stand, nobody is woken and the poll serves. */
  watch(slot: string): Watch {
    this.#start();
    return this.#watchers.watch(slot);
  }

  /** Starts the subscription, anew where it was closed, and warns when it does not stand within `timeoutMs`. */
  async check(timeoutMs: number): Promise<readonly string[]> {
    this.#isClosed = false;
    this.#start();
    if (this.#isUp) return [];
    const late = setTimeout(() => this.#tell(false), timeoutMs);
    const isUp = await new Promise<boolean>((resolve) => {
      this.#asking.push(resolve);
    });
    clearTimeout(late);
    return isUp
      ? []
      : [`The subscription to ${named(this.#client.where)} does not stand yet: until it does, waiting duplicates poll.`];
  }

  async close(): Promise<void> {
    const end = this.#end;
    this.#isClosed = true;
    this.#isUp = false;
    this.#end = undefined;
    this.#current = undefined;
    this.#startedAt = -Infinity;
    this.#watchers.wakeAll();
    await end?.();
  }

  #start(): void {
    const now = performance.now();
    if (this.#end || this.#isClosed || now - this.#startedAt < ASK_AGAIN_AFTER_MS) return;
    this.#startedAt = now;
    let isReported = false;
    const own = (this.#current = {});
    this.#end = this.#client.listen(this.#channel, {
      heard: (slot) => this.#watchers.wake(slot),
      up: () => {
        if (this.#current !== own) return;
        isReported = false;
        this.#isUp = true;
        this.#tell(true);
        this.#watchers.wakeAll();
      },
      fault: (error) => {
        if (this.#current !== own) return;
        this.#isUp = false;
        if (isReported) return;
        isReported = true;
        this.#onFault(
          new Error(
            `The subscription to ${named(this.#client.where)} is down, waiting duplicates poll: ${toError(error).message}`,
          ),
        );
      },
      over: () => {
        if (this.#current !== own) return;
        this.#isUp = false;
        this.#end = undefined;
      },
    });
  }

  #tell(isUp: boolean): void {
    for (const tell of this.#asking.splice(0)) tell(isUp);
  }
}
