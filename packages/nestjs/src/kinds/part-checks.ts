/** Whether what was given, made or overridden is what it is used as. Pure. */
import { kinds } from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from '../config-error.js';

export const STORAGE_METHODS: readonly string[] = ['find', 'save', 'replace'];
export const LOCK_METHODS: readonly string[] = ['acquire', 'renew', 'release'];
export const BACKEND_METHODS: readonly string[] = ['open', 'renew', 'release', 'settle', 'resettle'];
export const CODEC_METHODS: readonly string[] = ['encode', 'decode'];
export const ENCODER_METHODS: readonly string[] = ['encode'];
export const EVENTS_METHODS: readonly string[] = ['subscribe', 'emit', 'fault'];
export const INTERCEPTOR_METHODS: readonly string[] = ['intercept'];
export const POLICIES_METHODS: readonly string[] = ['document'];

/** Throws an `IdempotencyConfigError` where `part`, called `name`, lacks one of `methods`. */
export function checkPart(name: string, part: unknown, methods: readonly string[]): void {
  if (kinds.hasMethods(part, methods)) return;
  throw new IdempotencyConfigError(`${name} must be an object with ${methods.join(', ')}: give one, or a class that makes one.`);
}
