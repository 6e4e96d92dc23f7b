/** What a store may say went wrong, so that an answer can be chosen by it. */

/** The store asks to try again: its transaction lost against another one and left nothing behind. */
export class IdempotencyConflictError extends Error {
  override readonly name = 'IdempotencyConflictError';
}

/** The store could not be asked, or did not answer in time. Whether it did what it was asked is not known. */
export class IdempotencyUnavailableError extends Error {
  override readonly name = 'IdempotencyUnavailableError';
}
