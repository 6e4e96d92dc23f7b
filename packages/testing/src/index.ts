/** Contract suites for authors of storages, locks and backends, and tests for applications. */
export { runCases, type Case, type It, type MakeRig, type Rig } from './contract/case.js';
export { realTime, type Time } from './contract/time.js';
export { storageContract, type StorageDifferences } from './contract/storage.js';
export { lockContract, type LockDifferences } from './contract/lock.js';
export { backendContract, transactionContract } from './contract/backend.js';
export type { TransactionalRig } from './contract/backend-transaction.js';
export type { TimeDifferences } from './contract/ground.js';
export { faulty, type CallOf, type Faulty, type Trouble, type Troubles } from './faulty/faulty.js';
export { expectIdempotent, IdempotentOperation, type Expectations } from './application/expect-idempotent.js';
export { idempotencyForTests, type IdempotencyForTests, type SeenEvent, type TestingBuilder } from './application/for-tests.js';
export type { Comparison } from './application/same-answer.js';
export type { Target } from './application/address.js';
