/** Handlers that stand on a controller itself, in front of those of its class: Nest routes to them, and nothing can protect them. */
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { markOf } from '../settings/decorators.js';
import { operationsOf } from '../settings/operations.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { policyOf } from '../settings/policy.js';
import { ownHandler } from '../turn/own-handler.js';

/**
 * Throws an `IdempotencyConfigError` for the first protected handler of which a controller has one of its own, as after
 * `this.pay = this.pay.bind(this)`. Controllers that are made for each request are not there to be looked at: see `Routes.of`.
 */
export function checkOwnHandlers(discovery: DiscoveryService, scanner: MetadataScanner, options: IdempotencyOptions): void {
  const controllers = new Map(discovery.getControllers().map(({ metatype, instance }) => [metatype, instance as object]));
  for (const { controller, handler, name, method } of operationsOf(discovery, scanner)) {
    const instance = controllers.get(controller);
    if (instance === undefined || instance === null || !Object.hasOwn(instance, name)) continue;
    const policy = policyOf(`${controller.name}.${name}`, options, markOf(controller), markOf(handler));
    if (policy.takesPart(method === '*' ? 'POST' : method)) throw ownHandler(`${controller.name}.${name}`);
  }
}
