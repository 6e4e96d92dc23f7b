/** What is taken from an error of a driver or a tool: codes, never text, as messages and properties hold values of statements. */

/** A fault of the database without a word of it. */
export interface ErrorFacts {
  /** SQLSTATE, or the system's code of a connection that failed. */
  readonly code?: string;
  readonly severity?: string;
  /** The function of the server that reported it. */
  readonly routine?: string;
  /** The class of the error that the tool made of it. */
  readonly tool?: string;
}

/** Tools wrap the driver's error in these; none nests deeper than a few. */
const INSIDE = ['driverAdapterError', 'meta', 'cause', 'driverError', 'originalError', 'parent'] as const;
const DEEPEST = 6;
const CODE = /^[A-Z0-9_]{3,40}$/;
const WORD = /^[A-Za-z][A-Za-z0-9_]{0,60}$/;

/** The facts of an error that a statement or a transaction of ours met, from the innermost that has any. */
export function factsOf(error: unknown): ErrorFacts {
  const found = innermost(error, DEEPEST);
  const code = wordIn(found, 'originalCode', CODE) ?? wordIn(found, 'code', CODE);
  const severity = wordIn(found, 'severity', WORD);
  const routine = wordIn(found, 'routine', WORD);
  const tool = error instanceof Error && WORD.test(error.constructor.name) ? error.constructor.name : undefined;
  return { ...(code && { code }), ...(severity && { severity }), ...(routine && { routine }), ...(tool && { tool }) };
}

/**
 * The code of an error that the database itself reported, as the driver gives it or as one of the tools wraps it; `undefined` for
 * all others, whatever code they carry or whatever they name as their cause.
 */
export function reportedCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, severity, routine } = error as { code?: unknown; severity?: unknown; routine?: unknown };
  if (typeof code !== 'string') return isOfDrizzle(error) ? reportedCode(error.cause) : prismaCode(error);
  if (typeof severity === 'string' && typeof routine === 'string') return code;
  return prismaCode(error);
}

/** Of the class `DrizzleQueryError`, which names neither itself nor Drizzle. */
function isOfDrizzle(error: Error): boolean {
  return error.constructor.name === 'DrizzleQueryError' && 'query' in error && 'params' in error;
}

function prismaCode(error: Error): string | undefined {
  if (error.name === 'PrismaClientKnownRequestError' && 'clientVersion' in error) return factsOf(error).code;
  return error.name === 'DriverAdapterError' ? factsOf(error).code : undefined;
}

function innermost(error: unknown, depth: number): object | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  for (const name of INSIDE) {
    const found = innermost((error as Record<string, unknown>)[name], depth - 1);
    if (found) return found;
  }
  const { code, originalCode } = error as { code?: unknown; originalCode?: unknown };
  return typeof code === 'string' || typeof originalCode === 'string' ? error : undefined;
}

function wordIn(holder: object | undefined, name: string, form: RegExp): string | undefined {
  const value = (holder as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' && form.test(value) ? value : undefined;
}
