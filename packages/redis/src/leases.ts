/** Leases in Redis: what the lock and the backend have in common. */
import { IdempotencyUnavailableError, type Claim, type Lease } from '@nestjs-idempotency/core';
import type { RedisConnection } from './connection.js';
import { told } from './faults.js';
import type { Script } from './script.js';
import { RELEASE, RENEW, WITHDRAW } from './scripts.js';

/** What a claiming script answered. */
export interface Claimed {
  readonly claim: Claim | undefined;
  readonly record: Buffer | undefined;
}

type Reply = readonly [record: Buffer | null, won?: number, attemptOrLeftMs?: number, fingerprint?: Buffer | null];

const WITHDRAW_AT_MOST_MS = 60_000;

export class RedisLeases {
  readonly #connection: RedisConnection;
  /** Tokens of claims whose reply was not heard and under which nobody runs. */
  readonly #unheard = new Set<string>();

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** Asks by `script`. A claim whose reply is not heard is taken back as soon as Redis can be reached, until the lease would end. */
  async claim(
    script: Script,
    keys: readonly string[],
    lease: Lease,
    leaseMs: number,
    traceMs: number,
    evenIfKept = '',
  ): Promise<Claimed> {
    this.#unheard.delete(lease.token);
    const { operations } = this.#connection;
    const args = [lease.token, lease.fingerprint, duration(leaseMs), duration(traceMs), evenIfKept];
    const onUnheard = (last: Promise<unknown>): void => void this.#takeBack(lease, leaseMs, last);
    const { reply } = await operations.run({ script, keys, args, onUnheard });
    const claimed = read(reply as Reply);
    if (claimed.claim?.kind === 'won') await this.#replicated(lease, leaseMs);
    return claimed;
  }

  async renew({ slot, token }: Lease, leaseMs: number): Promise<'kept' | 'lost'> {
    const { operations, names } = this.#connection;
    const { reply } = await operations.run({ script: RENEW, keys: [names.lease(slot)], args: [token, duration(leaseMs)] });
    return Number(reply) === 1 ? 'kept' : 'lost';
  }

  async release({ slot, token }: Lease): Promise<void> {
    const { operations, names } = this.#connection;
    // A release forgets earlier lapses, which a claim that was never heard has no right to.
    const script = this.#unheard.has(token) ? WITHDRAW : RELEASE;
    await operations.run({ script, keys: [names.lease(slot)], args: [token, names.channel, slot] });
  }

  async #replicated(lease: Lease, leaseMs: number): Promise<void> {
    const { client, names, operations, settings } = this.#connection;
    const { replicas } = settings;
    if (!replicas) return;
    const { count, timeoutMs } = replicas;
    const key = names.lease(lease.slot);
    // A renewal is a write of its own, and tells whether the server that counts has the claim: it may be another than the one that gave it.
    const write = ['EVAL', RENEW.text, '1', key, lease.token, duration(leaseMs)];
    const replicated = client.replicated(write, key, count, timeoutMs);
    const [isThere, counted] = await operations.within(replicated, timeoutMs + settings.timeoutMs).catch((error: unknown) => {
      void this.#takeBack(lease, leaseMs, Promise.resolve());
      throw told(error, operations.redis, client.whyDown?.());
    });
    const have = Number(isThere) === 1 ? counted : 0;
    if (have >= count) return;
    void this.#takeBack(lease, leaseMs, Promise.resolve());
    throw new IdempotencyUnavailableError(
      `${have} of ${count} Redis replicas have the claim after ${timeoutMs} ms: it was taken back.`,
    );
  }

  async #takeBack({ slot, token }: Lease, leaseMs: number, last: Promise<unknown>): Promise<void> {
    const { operations, names, settings } = this.#connection;
    this.#unheard.add(token);
    const isOver = (): boolean => !this.#unheard.has(token);
    try {
      // How it ended was told to the claimant; here it only counts that nothing of it is on its way any more.
      await last.catch(() => undefined);
      if (isOver()) return;
      const timeoutMs = Math.min(leaseMs, WITHDRAW_AT_MOST_MS);
      await operations.run({
        script: WITHDRAW,
        keys: [names.lease(slot)],
        args: [token, names.channel, slot],
        timeoutMs,
        isOver,
      });
    } catch (cause) {
      settings.onFault(
        new Error('A claim whose reply was lost could not be taken back: its slot is held until the lease ends.', { cause }),
      );
    } finally {
      this.#unheard.delete(token);
    }
  }
}

/** For ever: 70,000 years, and two of them still add up to a number that is exact. */
const LONGEST_MS = Math.floor(Number.MAX_SAFE_INTEGER / 4);

/** Whole milliseconds, at least one, as Redis takes them. */
export function duration(ms: number): string {
  return String(Math.min(Math.max(Math.ceil(ms), 1), LONGEST_MS));
}

function read([record, won, attemptOrLeftMs = 0, fingerprint]: Reply): Claimed {
  const kept = record ?? undefined;
  if (won === undefined) return { record: kept, claim: undefined };
  if (Number(won) === 1) return { record: kept, claim: { kind: 'won', attempt: Number(attemptOrLeftMs) } };
  const leftMs = Number(attemptOrLeftMs);
  return { record: kept, claim: { kind: 'held', leftMs, ...(fingerprint && { fingerprint: fingerprint.toString() }) } };
}
