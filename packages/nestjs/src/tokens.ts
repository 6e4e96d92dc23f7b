/** What can be injected, and replaced. Symbols of the registry, so that two copies of this package agree on them. */

/** The checked `IdempotencyOptions`. An override takes the place of all of them; what is in their place is checked as well. */
export const IDEMPOTENCY_OPTIONS = Symbol.for('nestjs-idempotency:options');

/**
 * The `IdempotencyOptions` as `forRoot` or the factory of `forRootAsync` gave them. For an override of `IDEMPOTENCY_OPTIONS` that
 * changes one of them: `.useFactory({ factory: (given) => ({ ...given, keepMs: 1_000 }), inject: [IDEMPOTENCY_GIVEN_OPTIONS] })`.
 */
export const IDEMPOTENCY_GIVEN_OPTIONS = Symbol.for('nestjs-idempotency:given-options');

/** The `IdempotencyStorage` of routes that name no cache: that of `storage.cacheName`, or `storage.use`. */
export const IDEMPOTENCY_STORAGE = Symbol.for('nestjs-idempotency:storage');

/** The `IdempotencyLock`. */
export const IDEMPOTENCY_LOCK = Symbol.for('nestjs-idempotency:lock');

/** The `IdempotencyEncoder`. */
export const IDEMPOTENCY_ENCODER = Symbol.for('nestjs-idempotency:encoder');

/** The `IdempotencyBackend`, of storage and lock, or the one that is both. */
export const IDEMPOTENCY_BACKEND = Symbol.for('nestjs-idempotency:backend');
