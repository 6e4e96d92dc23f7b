/** What can be chosen about Redis, with its defaults. */
import { kinds, LONGEST_TIMER_MS } from '@nestjs-idempotency/core';

export interface RedisOptions {
  /** Stands before every key and names the channel. Default `idempotency:`. */
  readonly prefix?: string;
  /** How long one operation may take, its retries included. Default 1000. */
  readonly timeoutMs?: number;
  /**
   * Waits after each won claim until this many replicas have it, and refuses the claim if they do not within `timeoutMs`.
   * Makes it less likely that a failover forgets a claim; it cannot rule it out. Costs one more round trip. Default: none.
   */
  readonly replicas?: { readonly count: number; readonly timeoutMs: number };
  /** Told what goes wrong behind the answers: the subscription, and claims that could not be taken back. Default: a process warning. */
  readonly onFault?: (error: Error) => void;
}

export interface RedisSettings {
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly replicas: { readonly count: number; readonly timeoutMs: number } | undefined;
  readonly onFault: (error: Error) => void;
}

const WARN_AGAIN_AFTER_MS = 60_000;

const { func, integer, isObject, kind, optionsOf } = kinds;
const timeoutMs = integer(1, LONGEST_TIMER_MS);
const KINDS: kinds.KindsOf<RedisOptions> = {
  prefix: kind(
    'a string without braces, as a Cluster would not keep the keys of a slot together otherwise',
    (value) => typeof value === 'string' && !/[{}]/.test(value),
  ),
  timeoutMs,
  replicas: kind('an object, { count, timeoutMs }', isObject),
  onFault: func,
};
const REPLICAS: kinds.KindsOf<NonNullable<RedisOptions['replicas']>> = { count: integer(1), timeoutMs };

/** Checks what `maker` was given, and adds the defaults. Throws what is wrong with it, and the cure. */
export function settings(maker: string, options: RedisOptions): RedisSettings {
  const { prefix = 'idempotency:', timeoutMs = 1_000, replicas, onFault = warnings() } = optionsOf(maker, options, KINDS);
  if (replicas) optionsOf(`${maker}, in \`replicas\``, replicas, REPLICAS, ['count', 'timeoutMs']);
  return { prefix, timeoutMs, replicas, onFault };
}

/** A warning at most once a minute per message: an outage is one event, not one for each request. */
function warnings(): (error: Error) => void {
  const warned = new Map<string, number>();
  return ({ message }) => {
    const now = performance.now();
    if (now - (warned.get(message) ?? -Infinity) < WARN_AGAIN_AFTER_MS) return;
    if (warned.size >= 100) warned.clear();
    warned.set(message, now);
    process.emitWarning(message, 'IdempotencyRedisWarning');
  };
}
