/** Any store with trouble on demand: calls that fail, stall, or meet a store that has forgotten. */
import { IdempotencyUnavailableError, kinds } from '@nestjs-idempotency/core';
import { ANSWERS, answerOfForgetful } from './forgetful.js';

/** What happens to one call. */
export type Trouble =
  /** The request is lost: the call rejects and the store never hears of it. */
  | 'lose-request'
  /** The reply is lost: the store does what it was told, and the call rejects. */
  | 'lose-reply'
  /** The store has lost the slot: the call is answered as by an empty store, and nothing is changed. */
  | 'forget'
  /** The call waits for `until` and is carried out then. A promise that never settles makes a black hole. */
  | { readonly stall: Promise<unknown> };

/** The names of the calls that can be troubled. */
export type CallOf<Port> = Exclude<
  Extract<{ [K in keyof Port]-?: MayBePromised<NonNullable<Port[K]>> extends true ? K : never }[keyof Port], string>,
  'reserve' | 'vacate'
>;

type MayBePromised<Call> = Call extends (...args: never[]) => infer Given ? (Promise<never> extends Given ? true : false) : false;

/** How trouble is ordered, and what was called. */
export interface Troubles<Port> {
  /** Every call so far, in order, the troubled ones included. */
  readonly calls: readonly CallOf<Port>[];
  /** The next `times` calls of `call` meet `trouble`; orders for one call are served in turn. */
  next(call: CallOf<Port>, trouble: Trouble, times?: number): void;
  /** Every call meets what `choose` says, until healed; orders by `next` come first. */
  always(choose: (call: CallOf<Port>) => Trouble | undefined): void;
  /** All orders are withdrawn. Calls that stall go on stalling. */
  heal(): void;
}

/** A port whose calls go through `troubles`. */
export interface Faulty<Port> {
  readonly port: Port;
  readonly troubles: Troubles<Port>;
}

const TROUBLE = kinds.kind(
  "'lose-request', 'lose-reply', 'forget' or { stall: a promise }",
  (trouble) => ORDERED.includes(trouble as string) || (kinds.isObject(trouble) && kinds.hasMethods(trouble['stall'], ['then'])),
  { names: ['lose-request', 'lose-reply', 'forget'] },
);
const ORDERED: readonly string[] = ['lose-request', 'lose-reply', 'forget'];

/** An order that nobody meets would be passed over, and so would its test. */
function checkTrouble(trouble: unknown): void {
  if (!TROUBLE.is(trouble)) throw new TypeError(`faulty: a trouble must be ${kinds.insteadOf(trouble, TROUBLE)}`);
}

function checkOrder(port: object, call: string, trouble: unknown, times: unknown): void {
  checkTrouble(trouble);
  if (!kinds.positiveMs.is(times)) throw new TypeError(`faulty: \`times\` must be ${kinds.insteadOf(times, kinds.positiveMs)}`);
  if (typeof (port as Readonly<Record<string, unknown>>)[call] === 'function' && !PASSED_THROUGH.has(call)) return;
  const near = kinds.nearest(call, Object.keys(ANSWERS));
  throw new TypeError(
    `faulty: this store has no call \`${call}\` that could meet trouble${near === undefined ? '.' : `: did you mean \`${near}\`?`}`,
  );
}

async function meet(trouble: Trouble, call: string, carryOut: () => Promise<unknown>): Promise<unknown> {
  if (trouble === 'forget') return answerOfForgetful(call);
  if (typeof trouble === 'object') {
    await trouble.stall;
    return carryOut();
  }
  if (trouble === 'lose-reply') await carryOut();
  throw new IdempotencyUnavailableError(`The store did not answer ${call}: this trouble was ordered.`);
}

/** Wraps a storage, a lock or a backend. What is not ordered passes through untouched, `watch` and `transaction` included. */
export function faulty<Port extends object>(port: Port): Faulty<Port> {
  if (!Object.keys(ANSWERS).some((call) => kinds.hasMethods(port, [call])))
    throw new TypeError(`faulty takes a storage, a lock or a backend; it was given ${kinds.describe(port)}.`);
  const calls: CallOf<Port>[] = [];
  const orders = new Map<string, Trouble[]>();
  let always: ((call: CallOf<Port>) => Trouble | undefined) | undefined;

  const around = (call: CallOf<Port>, carryOut: () => Promise<unknown>): Promise<unknown> => {
    calls.push(call);
    const trouble = orders.get(call)?.shift() ?? always?.(call);
    if (trouble !== undefined) checkTrouble(trouble);
    return trouble === undefined ? carryOut() : meet(trouble, call, carryOut);
  };

  const proxy = new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: unknown[]) => unknown;
      if (typeof name === 'symbol' || PASSED_THROUGH.has(name)) return method;
      return (...args: unknown[]) => around(name as CallOf<Port>, async () => method(...args));
    },
  });

  return {
    port: proxy,
    troubles: {
      calls,
      next: (call, trouble, times = 1) => {
        checkOrder(port, call, trouble, times);
        orders.set(call, [...(orders.get(call) ?? []), ...Array.from({ length: times }, () => trouble)]);
      },
      always(choose) {
        if (!kinds.func.is(choose))
          throw new TypeError(`faulty: always() takes a function; it was given ${kinds.describe(choose)}.`);
        always = choose;
      },
      heal() {
        orders.clear();
        always = undefined;
      },
    },
  };
}

/** Calls that may be synchronous, and the one whose work would be troubled a second time by the calls inside it. */
const PASSED_THROUGH: ReadonlySet<string> = new Set([
  'watch',
  'reserve',
  'vacate',
  'onDrop',
  'isConflict',
  'joined',
  'transaction',
  'constructor',
]);
