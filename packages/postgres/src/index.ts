/** Idempotency in Postgres: in the application's own transaction, or by leases. Adapters for tools are modules of their own. */
export type { Claim, Lease, Opened, Saved, StoredRecord, Watch } from '@nestjs-idempotency/core';
export { PostgresBackend, type PostgresBackendOptions } from './backend.js';
export { isConflict } from './conflict.js';
export type { ListenClient, ListenOptions } from './listen-connection.js';
export { PostgresLock } from './lock.js';
export { type NameOptions, namesOf, type Names } from './names.js';
export { fromPool } from './pg.js';
export { purge, type PurgeOptions } from './purger.js';
export { migrate, SCHEMA_VERSION, schemaSteps, type SchemaStep } from './schema.js';
export { PostgresError } from './postgres-error.js';
export { currentTransaction, currentTransactionIfAny, outsideTransaction } from './shared-transaction.js';
export type { DriverConnection, Row, SqlClient, SqlSource } from './sql-client.js';
export { PostgresStorage } from './storage.js';
