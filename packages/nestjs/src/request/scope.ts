/** Whose key it is, as far as a request tells. */
import { CallbackFailedError } from './callback-failed.js';
import type { PlatformRequest } from './exchange.js';
import { inTime, STORE_TIMEOUT_MS } from './in-time.js';

/** What identifies a caller. */
export type Scope = string | number | bigint | undefined;

/** What an application says of its callers: the options of these names. */
export interface ScopeOptions {
  readonly application?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- The platform's request type is the application's to name.
  readonly scope?: (request: any) => Scope | PromiseLike<Scope>;
  readonly storeTimeoutMs?: number;
}

/** The leak of an application that knows its callers by cookies and does not say whose key it is. */
export const COOKIES_WITHOUT_SCOPE =
  'This application knows its callers by cookies, but keys are told apart by the `Authorization` header only: a caller that sends ' +
  'another one’s key is given that one’s answer. Give forRoot a `scope`, e.g. `scope: (request) => request.user.id`.';

/**
 * The application's own scope; without one, the credential. Both are hashed into the slot, and never kept as they are. The name of the
 * application stands before either, so that applications with one store never meet, whatever their encoders do.
 * `onCookies` is called once, at the first caller that may be known by a cookie and has no scope of its own.
 * Throws, or rejects with, a `CallbackFailedError` where `scope` does not say whose it is; what it throws for Nest goes through as it is.
 */
export function scopeOf(options: ScopeOptions, onCookies: () => void): (request: PlatformRequest) => string | Promise<string> {
  const { scope, application, storeTimeoutMs = STORE_TIMEOUT_MS } = options;
  const before = application === undefined ? '' : `p${application.length}:${application}`;
  // Told apart by a first letter, so that no credential can be made up that equals somebody's id.
  if (scope) return (request) => asked(scope, request, `${before}s`, storeTimeoutMs);
  let told = false;
  return ({ headers: { authorization, cookie } }) => {
    if (cookie !== undefined && authorization === undefined && !told) {
      told = true;
      onCookies();
    }
    return `${before}a${authorization ?? ''}`;
  };
}

function asked(
  scope: NonNullable<ScopeOptions['scope']>,
  request: PlatformRequest,
  before: string,
  ms: number,
): string | Promise<string> {
  let said: unknown;
  try {
    said = scope(request);
  } catch (error) {
    throw CallbackFailedError.of('scope', error);
  }
  if (typeof said !== 'object' || said === null || !('then' in said)) return before + textOf(said);
  return inTime('scope', Promise.resolve<unknown>(said), ms).then(
    (settled: unknown) => before + textOf(settled),
    (error: unknown) => {
      throw CallbackFailedError.of('scope', error);
    },
  );
}

/** 1 and '1' are one id: it is a number in the database and text in the token. Nothing is made up for what is no id. */
function textOf(said: unknown): string {
  if (said === undefined) return '';
  if (typeof said === 'string') return said;
  if (typeof said === 'bigint') return String(said);
  // Beyond 2^53 several ids are one number.
  if (typeof said === 'number' && Number.isFinite(said) && Math.abs(said) <= Number.MAX_SAFE_INTEGER) return String(said);
  throw new CallbackFailedError('scope', new TypeError(`\`scope\` must return ${SCOPES}; it returned ${kindOf(said)}.`));
}

const SCOPES = 'a string, a safe number, a bigint, a promise of one, or undefined for nobody in particular';

/** Says what a value is without showing it. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number beyond 2^53' : String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
