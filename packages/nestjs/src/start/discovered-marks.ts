/** The marks of a whole application, found and checked when it starts. */
import type { Type } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { markOf } from '../settings/decorators.js';
import { methodOf } from '../settings/operations.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { policyOf } from '../settings/policy.js';
import { checkController, checkProvider, type MarkedController } from './served-marks.js';

/** Nest keeps the method of a route under this key; a method that has one is a route. */
const METHOD = 'method';

/** What Nest tells of a provider or a controller. */
type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Throws an `IdempotencyConfigError` for the first mark that nothing serves. */
export function checkMarks(discovery: DiscoveryService, options: IdempotencyOptions): void {
  const controllers = new Set<unknown>();
  for (const wrapper of discovery.getControllers()) {
    const prototype = prototypeOf(wrapper);
    if (!prototype || !wrapper.metatype) continue;
    controllers.add(wrapper.metatype);
    checkController(controllerOf(wrapper.metatype as Type, prototype, options));
  }
  for (const wrapper of discovery.getProviders()) {
    const prototype = prototypeOf(wrapper);
    const type = prototype?.constructor;
    if (prototype && type && !controllers.has(type)) checkProvider(type, prototype);
  }
}

function controllerOf(type: Type, prototype: object, options: IdempotencyOptions): MarkedController {
  return {
    type,
    prototype,
    isRoute: (handler) => Reflect.hasMetadata(METHOD, handler),
    takesPart: (handler, marked) =>
      policyOf(`${type.name}.${handler.name}`, options, markOf(type), marked).takesPart(methodOf(handler)),
  };
}

/** What the methods of an instance are looked up on; of a class, where its instances are made for each request. */
function prototypeOf({ instance, metatype, inject }: Wrapper): object | undefined {
  const made: unknown = instance;
  if (typeof made === 'object' && made !== null) return (Object.getPrototypeOf(made) as object | null) ?? undefined;
  // The metatype of what a factory makes is the factory.
  return typeof metatype === 'function' && !inject ? (metatype.prototype as object | undefined) : undefined;
}
