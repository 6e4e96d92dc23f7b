/** Which errors say that a transaction lost against a concurrent one and left nothing behind. */
import { reportedCode } from './driver-error.js';
import { PostgresError } from './postgres-error.js';

/** Serialization failure, deadlock, lock_timeout and NOWAIT; and what Prisma makes of the first two. */
const CONFLICTS = new Set(['40001', '40P01', '55P03', 'P2034']);

/**
 * Whether `error` is a conflict that the database reported: the request may be run again, or its client told to try again. An error
 * of the application is none, whatever `code` or `cause` it carries.
 */
export function isConflict(error: unknown): boolean {
  const code = error instanceof PostgresError ? error.code : reportedCode(error);
  return code !== undefined && CONFLICTS.has(code);
}
