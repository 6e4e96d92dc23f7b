/**
 * Stand-ins for all responses of one Express, on the prototype that they share. Express makes each response with `setPrototypeOf`,
 * after which every property that is put on one costs V8 about a microsecond: a line puts one there, and not eleven.
 */
import type { ServerResponse } from 'node:http';
import { type Method, METHODS, type Methods, SEEN, standIns } from './stand-ins.js';
import type { Valve, Valved } from './valve.js';
import { saysAnswer, WAYS_TO_ANSWER } from './ways.js';

/** A prototype with stand-ins, and what stood there before. */
interface Ground {
  readonly standIns: Methods;
  readonly before: Methods;
}

/**
 * Where a response keeps its line. Not in a WeakMap: V8's collections of young objects take the values of one for alive, so that all
 * that a request had touched would grow old, which costs more than the request. Objects around the response find the line as well.
 */
export const SHARED_LINE = Symbol('nestjs-idempotency:shared-line');

type Joined = Partial<Record<typeof SHARED_LINE, Valved>>;

const GROUNDS = new WeakMap<object, Ground>();

/** The line that `response` has by way of its prototype. */
export function sharedLineOf(response: object): Valved | undefined {
  return (response as Joined)[SHARED_LINE];
}

/** Puts `line` on `response` by way of its prototype; `undefined` where it has none that is shared, or methods of its own. */
export function joinShared(response: ServerResponse, line: Valved): Ground | undefined {
  const prototype = sharedPrototype(response);
  if (prototype === undefined) return undefined;
  let ground = GROUNDS.get(prototype);
  if (ground === undefined) GROUNDS.set(prototype, (ground = prepare(prototype)));
  const answering = response as unknown as Methods;
  for (const name of METHODS) if (answering[name] !== ground.standIns[name]) return undefined;
  for (const name of SEEN) if (Object.hasOwn(response, name)) return undefined;
  (response as Joined)[SHARED_LINE] = line;
  return ground;
}

/** The uppermost object above `response` that Express made, below the classes of Node; a mounted Express takes over its parent's. */
function sharedPrototype(response: object): object | undefined {
  let found: object | undefined;
  let above = Object.getPrototypeOf(response) as object | null;
  while (above !== null && !Object.hasOwn(above, 'constructor')) {
    found = above;
    above = Object.getPrototypeOf(above) as object | null;
  }
  return found;
}

function prepare(prototype: object): Ground {
  // What is not the prototype's own is looked up when it is called: somebody may wrap Node's methods after us.
  const before = Object.create(Object.getPrototypeOf(prototype) as object) as Methods & Record<string, Method>;
  for (const name of [...METHODS, ...SEEN, ...WAYS_TO_ANSWER]) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor) Object.defineProperty(before, name, descriptor);
  }
  const valveOf = (response: ServerResponse): Valve | undefined => sharedLineOf(response)?.valve;
  const { methods, seen } = standIns({ valveOf, before: () => before, above: () => before });
  const all: Methods & Record<string, Method> = { ...methods };
  for (const way of WAYS_TO_ANSWER) {
    if (typeof before[way] !== 'function') continue;
    all[way] = function (this: unknown, ...args: unknown[]): unknown {
      const valve = valveOf(this as ServerResponse);
      if (valve?.isVoid === true) return this;
      if (valve !== undefined && saysAnswer(way, args)) valve.spoken?.();
      return before[way]?.apply(this, args);
    };
  }
  // Where the prototype is frozen this changes nothing, and each response gets stand-ins of its own.
  for (const [name, value] of Object.entries(all))
    Reflect.defineProperty(prototype, name, { value, writable: true, configurable: true });
  for (const name of SEEN) Reflect.defineProperty(prototype, name, seen[name]);
  return { standIns: all, before };
}
