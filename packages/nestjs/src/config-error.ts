/** What stops the application at start-up. */
import { branded } from '@nestjs-idempotency/core';

/** The application is wired wrongly. The message names the option or the method, and the cure. */
export class IdempotencyConfigError extends Error {
  static {
    branded(this, 'IdempotencyConfigError');
  }

  override readonly name = 'IdempotencyConfigError';
}
