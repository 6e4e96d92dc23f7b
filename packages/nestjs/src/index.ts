/** What applications import. */
export type {
  Answer,
  Awaitable,
  Claim,
  Clock,
  IdempotencyBackend,
  IdempotencyLock,
  IdempotencyStorage,
  Lease,
  MemoryLockOptions,
  MemoryStorageOptions,
  Opened,
  ReadRecord,
  RecordCodec,
  Saved,
  StoredRecord,
  Watch,
} from '@nestjs-idempotency/core';
export {
  IdempotencyConflictError,
  IdempotencyUnavailableError,
  MemoryLock,
  MemoryStorage,
  sealed,
  type SealKey,
  type SealOptions,
} from '@nestjs-idempotency/core';
export { IdempotencyConfigError } from './config-error.js';
export { IdempotencyExempt, IdempotencyKey, IdempotencyManual } from './settings/decorators.js';
export * from './request/encoders/index.js';
export { type IdempotencyEvent, IdempotencyEvents, type RequestOutcome } from './events.js';
export { IdempotencyInterceptor } from './turn/idempotency.interceptor.js';
export { IdempotencyModule } from './idempotency.module.js';
export type { KeyRules } from './request/key.js';
export type { RequestState } from './request/state.js';
export type { Scope } from './request/scope.js';
export type { IdempotencyOptionsFactory } from './settings/module-definition.js';
export type {
  ErrorClass,
  IdempotencyOptions,
  Lapse,
  LockOptions,
  ProfileName,
  Provided,
  Recover,
  RecoveredAnswer,
  RouteOptions,
  RouteSettings,
  StorageOptions,
} from './settings/options.js';
export type { KeepRule, Outcome } from './settings/keep-rule.js';
export { IdempotencyException, type Problem, type Reason } from './problems.js';
export { IdempotencyPolicies, type PolicyDocument, type PublishedOperation } from './published/idempotency-policies.js';
export type { PublishedPolicy, PublishedProblem } from './published/policy-document.js';
export { IdempotencyState } from './settings/state-decorator.js';
export {
  IDEMPOTENCY_BACKEND,
  IDEMPOTENCY_ENCODER,
  IDEMPOTENCY_GIVEN_OPTIONS,
  IDEMPOTENCY_LOCK,
  IDEMPOTENCY_OPTIONS,
  IDEMPOTENCY_STORAGE,
} from './tokens.js';
