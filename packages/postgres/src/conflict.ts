/** Which errors say that a transaction lost against a concurrent one and left nothing behind. */

/** Serialization failure, deadlock, lock_timeout and NOWAIT; and what Prisma makes of the first two. */
const CONFLICTS = new Set(['40001', '40P01', '55P03', 'P2034']);

/** Tools wrap the driver's error in these; none nests deeper than a few. */
const INSIDE = ['cause', 'driverError', 'originalError', 'parent', 'meta', 'driverAdapterError'] as const;
const DEEPEST = 6;

/** Whether `error`, or an error that it wraps, is a conflict: the request may be run again, or its client told to try again. */
export function isConflict(error: unknown): boolean {
  return codes(error, DEEPEST).some((code) => CONFLICTS.has(code));
}

/** Whether the transaction had been aborted by an earlier error before the statement was sent. */
export function isAborted(error: unknown): boolean {
  return codes(error, DEEPEST).includes('25P02');
}

function codes(error: unknown, depth: number): string[] {
  if (typeof error !== 'object' || error === null || depth === 0) return [];
  const { code, originalCode } = error as { code?: unknown; originalCode?: unknown };
  const own = [code, originalCode].filter((value) => typeof value === 'string');
  return [...own, ...INSIDE.flatMap((name) => codes((error as Record<string, unknown>)[name], depth - 1))];
}
