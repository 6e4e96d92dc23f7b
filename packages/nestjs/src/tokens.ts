/** What can be injected, and replaced. Symbols of the registry, so that two copies of this package agree on them. */

/** The checked `IdempotencyOptions`. */
export const IDEMPOTENCY_OPTIONS = Symbol.for('nestjs-idempotency:options');

/** The `IdempotencyStorage` of routes that name no cache. */
export const IDEMPOTENCY_STORAGE = Symbol.for('nestjs-idempotency:storage');

/** The `IdempotencyLock`. */
export const IDEMPOTENCY_LOCK = Symbol.for('nestjs-idempotency:lock');

/** The `IdempotencyEncoder`. */
export const IDEMPOTENCY_ENCODER = Symbol.for('nestjs-idempotency:encoder');

/** The `IdempotencyBackend`, of storage and lock, or the one that is both. */
export const IDEMPOTENCY_BACKEND = Symbol.for('nestjs-idempotency:backend');
