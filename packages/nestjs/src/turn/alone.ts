/** Whether anybody else stands around a handler. */
import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { containerOf } from '../request/routed.js';
import type { Handler } from '../settings/operations.js';

/** The key under which Nest keeps what `@UseInterceptors()` declares. */
const INTERCEPTORS = '__interceptors__';

/** Whether no other interceptor is bound to a route, of which each could change in place what the handler gave. */
export function isAlone(controller: Type, handler: Handler, modules: ModuleRef): boolean {
  const config = containerOf(modules).applicationConfig;
  if (config === undefined || [controller, handler].some((target) => Reflect.hasMetadata(INTERCEPTORS, target))) return false;
  return config.getGlobalInterceptors().length === 1 && config.getGlobalRequestInterceptors().length === 0;
}
