/** What a handler or a controller says of itself. */
import type { RouteOptions } from './options.js';

/** What the decorators on one target add up to. */
export interface RouteMark {
  readonly key: boolean;
  readonly exempt: boolean;
  readonly manual: boolean;
  readonly options: RouteOptions;
}

const MARK = Symbol.for('nestjs-idempotency:route');

/** What `target`, a controller or a method, was decorated with. */
export function markOf(target: object): RouteMark | undefined {
  return Reflect.getMetadata(MARK, target) as RouteMark | undefined;
}

type Marking = MethodDecorator & ClassDecorator;

/** Decorators run from the lowest to the topmost, so `change` sees what stands below it. */
function marking(change: (below: RouteMark) => RouteMark): Marking {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const place = (descriptor?.value ?? target) as object;
    const below = (Reflect.getOwnMetadata(MARK, place) as RouteMark | undefined) ?? NOTHING;
    Reflect.defineMetadata(MARK, change(below), place);
  };
}

const NOTHING: RouteMark = { key: false, exempt: false, manual: false, options: {} };

/**
 * The handler runs once per key; a retry is given the kept answer. On a controller: all its unsafe methods.
 * Of several on one target, what the topmost sets wins; it is `optional` only if the topmost says so.
 */
export function IdempotencyKey(options: RouteOptions = {}): Marking {
  return marking((below) => ({
    ...below,
    key: true,
    options: { ...below.options, ...options, optional: options.optional ?? false },
  }));
}

/** Takes no part: the handler runs every time, and a key is ignored. */
export function IdempotencyExempt(): Marking {
  return marking((below) => ({ ...below, exempt: true }));
}

/**
 * The handler runs every time, one request per key at a time, and decides by its `@IdempotencyState()`;
 * each answer of it that is kept replaces the one before. Wins over `@IdempotencyKey()`, whose options hold.
 */
export function IdempotencyManual(options: RouteOptions = {}): Marking {
  return marking((below) => ({ ...below, manual: true, options: { ...below.options, ...options } }));
}
