/** What stops the application at start-up. */

/** The application is wired wrongly. The message names the option or the method, and the cure. */
export class IdempotencyConfigError extends Error {
  override readonly name = 'IdempotencyConfigError';
}
