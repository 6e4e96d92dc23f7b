/** A handler that stands on a controller itself, in front of that of its class: the seam is in the class, and Nest calls the other. */
import { IdempotencyConfigError } from '../config-error.js';

/** What is said of a handler that stands on a controller itself. */
export function ownHandler(place: string): IdempotencyConfigError {
  return new IdempotencyConfigError(
    `${place} cannot be protected, as its controller has a function of its own in the place of that method, which Nest calls instead: ` +
      'leave the method on the class. Bind it where it is handed on, not in the constructor; wrap it by a decorator; in a test, spy on a provider behind it, or override that.',
  );
}
