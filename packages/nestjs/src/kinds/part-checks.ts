/** Whether what was given, made or overridden is what it is used as. Pure. */
import { IdempotencyConfigError } from '../config-error.js';

export const STORAGE_METHODS: readonly string[] = ['find', 'save', 'replace'];
export const LOCK_METHODS: readonly string[] = ['acquire', 'renew', 'release'];
export const BACKEND_METHODS: readonly string[] = ['open', 'renew', 'release', 'settle', 'resettle'];
export const ENCODER_METHODS: readonly string[] = ['encode'];
export const EVENTS_METHODS: readonly string[] = ['subscribe', 'emit', 'fault'];
export const INTERCEPTOR_METHODS: readonly string[] = ['intercept'];
export const POLICIES_METHODS: readonly string[] = ['document'];

/** Whether `value` is an object with all of `methods`. */
export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof (value as Readonly<Record<string, unknown>>)[method] === 'function');
}

/** Throws an `IdempotencyConfigError` where `part`, called `name`, lacks one of `methods`. */
export function checkPart(name: string, part: unknown, methods: readonly string[]): void {
  if (hasMethods(part, methods)) return;
  throw new IdempotencyConfigError(`${name} must be an object with ${methods.join(', ')}: give one, or a class that makes one.`);
}
