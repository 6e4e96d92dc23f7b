/** What idempotency is, without HTTP and without Nest. */
export { type Awaitable, isThenable } from './awaitable.js';
export type { Lifecycle } from './lifecycle.js';
export type * from './ports.js';
export type * from './record.js';
export type { Attempt, Kept } from './attempt.js';
export { type Clock, LONGEST_TIMER_MS, systemClock } from './clock.js';
export { branded, called, classNameOf, shared } from './copies.js';
export { envelope } from './codec.js';
export { decide, type Found, type Refusal, type Verdict, type Wish } from './decide.js';
export { Engine, type EngineOptions } from './engine.js';
export {
  IdempotencyConflictError,
  IdempotencyExpiredError,
  IdempotencyEndedError,
  IdempotencyHandlerError,
  IdempotencyUnavailableError,
} from './errors.js';
export * as kinds from './kinds/index.js';
export type { CallbackFault, Fault, OnFault, SlotFault } from './faults.js';
export { MemoryLock, type MemoryLockOptions } from './memory/lock.js';
export { MemoryStorage } from './memory/storage.js';
export type { MemoryStorageOptions } from './memory/storage-options.js';
export { Watchers } from './memory/watchers.js';
export { noLock, pair } from './pair.js';
export { sealed, type SealKey, type SealOptions } from './sealed.js';
export { timed } from './timed.js';
export { timedCodec } from './timed-codec.js';
export type { Terms, Turn } from './turn.js';
