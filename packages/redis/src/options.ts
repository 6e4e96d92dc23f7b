/** What can be chosen about Redis, with its defaults. */

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

/** Checks what was chosen and adds the defaults. Throws what is wrong with it, and the cure. */
export function settings(options: RedisOptions): RedisSettings {
  const { prefix = 'idempotency:', timeoutMs = 1_000, replicas, onFault = warnings() } = options;
  positive('timeoutMs', timeoutMs);
  if (replicas) {
    positive('replicas.count', replicas.count);
    positive('replicas.timeoutMs', replicas.timeoutMs);
  }
  return { prefix, timeoutMs, replicas, onFault };
}

function positive(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new TypeError(`The Redis option \`${name}\` must be a positive whole number.`);
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
