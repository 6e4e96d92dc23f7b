/** One operation on Redis: bounded in time, asked again where that helps, and never lost sight of when its reply does not come. */
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisArgument, RedisCommand } from './command.js';
import { isPassing, sentence, told } from './faults.js';
import { runScript, type Script } from './script.js';
import { named } from './where.js';

/** Replies that are still owed after their operation was given up; more of them would only queue in the client. */
const MOST_OWED = 1_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

export interface Operation {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly RedisArgument[];
  /** Instead of the usual time for an operation. */
  readonly timeoutMs?: number;
  /** Asked before it is tried again: whether nobody wants it any more. */
  readonly isOver?: () => boolean;
  /** Called when nobody knows whether Redis did it; `last` is the reply that may still come. */
  readonly onUnheard?: (last: Promise<unknown>) => void;
}

export interface Heard {
  readonly reply: unknown;
  /** An earlier try may have been applied although its reply was lost. */
  readonly isRepeated: boolean;
}

export class Operations {
  readonly #client: RedisCommand;
  readonly #timeoutMs: number;
  /** What messages call it. */
  readonly redis: string;
  #owed = 0;

  constructor(client: RedisCommand, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.redis = named(client.where);
  }

  /** Runs the script until it is answered, for `timeoutMs` at most. Rejects with an `IdempotencyUnavailableError` that may be logged. */
  async run({ script, keys, args, timeoutMs = this.#timeoutMs, isOver, onUnheard }: Operation): Promise<Heard> {
    if (this.#owed >= MOST_OWED)
      throw new IdempotencyUnavailableError(`${this.redis} owes too many replies to be asked for more.`);
    const until = performance.now() + timeoutMs;
    let pauseMs = FIRST_PAUSE_MS;
    for (let tries = 1; ; tries++) {
      const last = runScript(this.#client, script, keys, args);
      try {
        const reply = await this.within(last, until - performance.now());
        return { reply, isRepeated: tries > 1 };
      } catch (error) {
        if (!isPassing(error)) throw told(error, this.redis, this.#client.whyDown?.());
        if (performance.now() + pauseMs >= until || isOver?.()) {
          onUnheard?.(last);
          throw told(error, this.redis, this.#client.whyDown?.());
        }
      }
      await pause(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** What `work` comes to if it does within `leftMs`. What comes later is not an error of anybody's. */
  within<T>(work: Promise<T>, leftMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.#owed++;
        const down = this.#client.whyDown?.();
        reject(new IdempotencyUnavailableError(`${this.redis} did not answer in time${down ? `: ${sentence(down)}` : '.'}`));
      }, leftMs);
      const arrived = (): void => {
        clearTimeout(timer);
        if (isLate) this.#owed--;
      };
      work.then(
        (value) => {
          arrived();
          resolve(value);
        },
        (error: unknown) => {
          arrived();
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came, so that it can be judged.
          reject(error);
        },
      );
    });
  }
}
