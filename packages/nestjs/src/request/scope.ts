/** Whose key it is, as far as a request tells. */
import type { IdempotencyOptions } from '../settings/options.js';
import type { PlatformRequest } from './exchange.js';

/**
 * The application's own scope; without one, the credential. Both are hashed into the slot, and never kept as they are.
 * `onCookies` is called once, at the first caller that may be known by a cookie and has no scope of its own.
 */
export function scopeOf(options: IdempotencyOptions, onCookies: () => void): (request: PlatformRequest) => string {
  const { scope } = options;
  // Told apart by a first letter, so that no credential can be made up that equals somebody's id.
  if (scope) return (request) => `s${scope(request) ?? ''}`;
  let told = false;
  return ({ headers: { authorization, cookie } }) => {
    if (cookie !== undefined && authorization === undefined && !told) {
      told = true;
      onCookies();
    }
    return `a${authorization ?? ''}`;
  };
}
