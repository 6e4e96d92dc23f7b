/** What is drawn for one schedule: who comes, what the handler does, who gets in between, what goes wrong, when time passes. */
import type { Terms } from '@nestjs-idempotency/core';
import type { Trouble } from '@nestjs-idempotency/testing';
import fc from 'fast-check';

/** One request of a client. */
export interface PlannedDelivery {
  readonly fingerprint: 'a' | 'b';
  /** Which of two processes it comes to. */
  readonly process: 0 | 1;
  /** `fails`: throws before its effect when it is first run. `declines`: throws an exception of Nest after its effect. */
  readonly ends: 'well' | 'fails' | 'declines';
  readonly handlerMs: number;
  readonly waitMs: number;
  /** How it passes the application; without meaning for the engine alone. */
  readonly passage: Passage;
}

/** What a handler and those around it do with one request. */
export interface Passage {
  /** What a handler gives whose answer Nest sends. `several`: an Observable that gives something of no meaning before. */
  readonly gives: 'promise' | 'observable' | 'several' | 'instance' | 'stream';
  /**
   * How a handler answers that does so by itself: before it returns, from a callback afterwards, or before it throws; `insists`: though
   * somebody else has answered, and throws what Node throws at that.
   */
  readonly answers: 'first' | 'callback' | 'then throws' | 'insists';
  /** The client closes its connection, after it was given so many chances to; never if `undefined`. */
  readonly leavesAfter: number | undefined;
  /** An interceptor outside the library's gives up waiting at some moment. */
  readonly timesOut: boolean;
  /** An interceptor inside does. */
  readonly timesOutInside: boolean;
  /** It answers with a success in the handler's place then, unless the handler has given something. */
  readonly fallsBack: boolean;
  /** Outside of all, an interceptor tries once more after any error but a declined request. */
  readonly retries: boolean;
  /** An interceptor outside takes its time to render. */
  readonly rendersSlowly: boolean;
  /** An interceptor inside throws after the handler has returned. */
  readonly breaksInside: boolean;
  /** A middleware answers at some moment, whoever runs. */
  readonly intrudes: boolean;
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
  /** Effect and record are of one transaction. */
  readonly isTransactional: boolean;
  readonly platform: 'express' | 'fastify';
  /** The handler answers by itself. */
  readonly isByItself: boolean;
}

/** The lease of every schedule. */
export const LEASE_MS = 300;

const often = <T>(common: T, times: number, ...rare: T[]) =>
  fc.oneof({ weight: times, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });

const passage: fc.Arbitrary<Passage> = fc.record({
  gives: fc.constantFrom('promise', 'observable', 'several', 'instance', 'stream'),
  answers: fc.constantFrom('first', 'callback', 'then throws', 'insists'),
  leavesAfter: fc.option(fc.nat(12), { nil: undefined, freq: 3 }),
  timesOut: often(false, 5, true),
  timesOutInside: often(false, 5, true),
  fallsBack: fc.boolean(),
  retries: often(false, 4, true),
  rendersSlowly: often(false, 2, true),
  breaksInside: often(false, 12, true),
  intrudes: often(false, 12, true),
});

/** Nobody gets in between. */
export const PLAIN_PASSAGE: Passage = {
  gives: 'promise',
  answers: 'first',
  leavesAfter: undefined,
  timesOut: false,
  timesOutInside: false,
  fallsBack: false,
  retries: false,
  rendersSlowly: false,
  breaksInside: false,
  intrudes: false,
};

const delivery: fc.Arbitrary<PlannedDelivery> = fc.record({
  fingerprint: often<'a' | 'b'>('a', 5, 'b'),
  process: fc.constantFrom(0, 1),
  ends: often<PlannedDelivery['ends']>('well', 5, 'fails', 'declines'),
  handlerMs: fc.constantFrom(0, 50, 2 * LEASE_MS),
  waitMs: fc.constantFrom(0, 400),
  passage,
});

/** Any plan. Most calls go well, or nothing would ever be reached. */
export const anyPlan: fc.Arbitrary<Plan> = fc.record({
  deliveries: fc.array(delivery, { minLength: 2, maxLength: 4 }),
  troubles: fc.array(often<Trouble | undefined>(undefined, 5, 'lose-request', 'lose-reply'), { maxLength: 30 }),
  ticks: fc.array(fc.constantFrom(10, LEASE_MS / 3, LEASE_MS + 1), { maxLength: 5 }),
  killAfter: fc.option(fc.nat(60), { nil: undefined, freq: 4 }),
  afterLapse: fc.constantFrom('reexecute', 'unknown'),
  isTransactional: often(false, 2, true),
  platform: fc.constantFrom('express', 'fastify'),
  isByItself: often(false, 2, true),
});
