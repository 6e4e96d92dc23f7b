/** What a handler or a controller says of itself. */
import { kinds } from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from '../config-error.js';
import { ROUTE_OPTIONS } from '../kinds/option-kinds.js';
import { type Mark, note } from './marks.js';
import { requireModule } from './module-required.js';
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

/** The same without what a class inherits. */
export function ownMarkOf(target: object): RouteMark | undefined {
  return Reflect.getOwnMetadata(MARK, target) as RouteMark | undefined;
}

type Marking = MethodDecorator & ClassDecorator;

/** Decorators run from the lowest to the topmost, so `change` sees what stands below it. */
function marking(mark: Mark, change: (below: RouteMark) => RouteMark): Marking {
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (name !== undefined && typeof descriptor?.value !== 'function') {
      const owner = typeof target === 'function' ? target : target.constructor;
      throw new IdempotencyConfigError(
        `${mark} stands on ${owner.name}.${String(name)}, which is not a method: put it on a method or on a controller.`,
      );
    }
    const place = (descriptor?.value ?? target) as object;
    Reflect.defineMetadata(MARK, change(ownMarkOf(place) ?? NOTHING), place);
    if (name !== undefined) note(target, name, mark);
    if (mark !== '@IdempotencyExempt()') requireModule(place);
  };
}

/** As a plain object; names and values are looked at when the application starts. */
function optionsFor(mark: Mark, given: unknown): RouteOptions {
  if (kinds.isObject(given)) return kinds.readOptions(given, Object.keys(ROUTE_OPTIONS));
  throw new IdempotencyConfigError(
    `${mark} takes an object with options, e.g. \`{ keepMs: 60_000 }\`, and was given ${kinds.describe(given)}.`,
  );
}

const NOTHING: RouteMark = { key: false, exempt: false, manual: false, options: {} };

/**
 * The handler runs once per key; a retry is given the kept answer. On a controller: all its unsafe methods.
 * Of several on one target, what the topmost sets wins; it is `optional` only if the topmost says so. What a method does not say, its
 * controller does.
 * Where nothing can serve it, the start is refused.
 */
export function IdempotencyKey(given: RouteOptions = {}): Marking {
  const options = optionsFor('@IdempotencyKey()', given);
  return marking('@IdempotencyKey()', (below) => ({
    ...below,
    key: true,
    options: { ...below.options, ...options, ...(below.key && options.optional === undefined && { optional: false }) },
  }));
}

/** Takes no part: the handler runs every time, and a key is ignored. Harmless where nothing would be protected anyway. */
export function IdempotencyExempt(): Marking {
  return marking('@IdempotencyExempt()', (below) => ({ ...below, exempt: true }));
}

/**
 * The handler runs every time, one request per key at a time, and decides by its `@IdempotencyState()`;
 * each answer of it that is kept replaces the one before. Where nobody saw what it gave, as after a timeout outside, that is rendered by
 * the next request before the handler is asked again. Wins over `@IdempotencyKey()`, whose options hold.
 * Where nothing can serve it, the start is refused.
 */
export function IdempotencyManual(given: RouteOptions = {}): Marking {
  const options = optionsFor('@IdempotencyManual()', given);
  return marking('@IdempotencyManual()', (below) => ({ ...below, manual: true, options: { ...below.options, ...options } }));
}
