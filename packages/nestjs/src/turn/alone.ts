/** Whether anybody else stands around a handler. */
import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { containerOf } from '../request/routed.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own type of a handler.
type Handler = Function;

/** The key under which Nest keeps what `@UseInterceptors()` declares. */
const INTERCEPTORS = '__interceptors__';

/** Whether no other interceptor is bound to a route, of which each could change in place what the handler gave. */
export function isAlone(controller: Type, handler: Handler, modules: ModuleRef): boolean {
  const config = containerOf(modules).applicationConfig;
  if (config === undefined || [controller, handler].some((target) => Reflect.hasMetadata(INTERCEPTORS, target))) return false;
  return config.getGlobalInterceptors().length === 1 && config.getGlobalRequestInterceptors().length === 0;
}
