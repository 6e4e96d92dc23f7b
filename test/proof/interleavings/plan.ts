/** What is drawn for one schedule: who comes, what the handler does, what goes wrong, when time passes. */
import type { Terms } from '@nestjs-idempotency/core';
import type { Trouble } from '@nestjs-idempotency/testing';
import fc from 'fast-check';

/** One request of a client. */
export interface PlannedDelivery {
  readonly fingerprint: 'a' | 'b';
  /** Which of two processes it comes to. */
  readonly process: 0 | 1;
  /** The handler fails before its effect, and nothing is kept of it. */
  readonly fails: boolean;
  readonly handlerMs: number;
  readonly waitMs: number;
  /** The client closes its connection at some moment. Where there is none, this means nothing, nor does the next. */
  readonly leaves: boolean;
  /** An interceptor outside the library's gives up waiting at some moment. */
  readonly timesOut: boolean;
}

/** One run of everybody. */
export interface Plan {
  readonly deliveries: readonly PlannedDelivery[];
  /** What happens to the nth call of a store. */
  readonly troubles: readonly (Trouble | undefined)[];
  /** Spells of time that pass somewhere in between. */
  readonly ticks: readonly number[];
  /** After this many steps process 0 is killed. */
  readonly killAfter: number | undefined;
  readonly afterLapse: Terms['afterLapse'];
}

/** The lease of every schedule. */
export const LEASE_MS = 300;

const often = <T>(common: T, times: number, ...rare: T[]) =>
  fc.oneof({ weight: times, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });

const delivery: fc.Arbitrary<PlannedDelivery> = fc.record({
  fingerprint: often<'a' | 'b'>('a', 5, 'b'),
  process: fc.constantFrom(0, 1),
  fails: often(false, 6, true),
  handlerMs: fc.constantFrom(0, 50, 2 * LEASE_MS),
  waitMs: fc.constantFrom(0, 400),
  leaves: often(false, 4, true),
  timesOut: often(false, 4, true),
});

/** Any plan. Most calls go well, or nothing would ever be reached. */
export const anyPlan: fc.Arbitrary<Plan> = fc.record({
  deliveries: fc.array(delivery, { minLength: 2, maxLength: 4 }),
  troubles: fc.array(often<Trouble | undefined>(undefined, 5, 'lose-request', 'lose-reply'), { maxLength: 30 }),
  ticks: fc.array(fc.constantFrom(10, LEASE_MS / 3, LEASE_MS + 1), { maxLength: 5 }),
  killAfter: fc.option(fc.nat(60), { nil: undefined, freq: 4 }),
  afterLapse: fc.constantFrom('reexecute', 'unknown'),
});
