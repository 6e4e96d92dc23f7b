/** Whose key it is, as far as a request tells. */
import type { IdempotencyOptions } from './options.js';
import type { PlatformRequest } from './exchange.js';

/** The application's own scope; without one, the credential. Both are hashed into the slot, and never kept as they are. */
export function scopeOf(options: IdempotencyOptions): (request: PlatformRequest) => string {
  const { scope } = options;
  // Told apart by a first letter, so that no credential can be made up that equals somebody's id.
  if (scope) return (request) => `s${scope(request) ?? ''}`;
  return (request) => `a${request.headers.authorization ?? ''}`;
}
