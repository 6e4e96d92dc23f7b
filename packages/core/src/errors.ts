/** What a store may say went wrong, so that an answer can be chosen by it. All copies of this package know them by `instanceof`. */
import { branded } from './copies.js';
import type { IdempotencyBackend } from './ports.js';

/** The store asks to try again: its transaction lost against another one and left nothing behind. */
export class IdempotencyConflictError extends Error {
  static {
    branded(this, 'IdempotencyConflictError');
  }

  override readonly name = 'IdempotencyConflictError';
}

/** The store could not be asked, or did not answer in time. Whether it did what it was asked is not known. */
export class IdempotencyUnavailableError extends Error {
  static {
    branded(this, 'IdempotencyUnavailableError');
  }

  override readonly name: string = 'IdempotencyUnavailableError';
}

/** A codec of the application's own did not settle in time. What it would have read is not known; nothing is run over it. */
export class CodecLateError extends IdempotencyUnavailableError {
  static {
    branded(this, 'CodecLateError');
  }
}

/** A transactional turn was not over after `holdAtMostMs`: it was ended from outside, and what its handler does from then on is refused. */
export class IdempotencyExpiredError extends IdempotencyUnavailableError {
  static {
    branded(this, 'IdempotencyExpiredError');
  }

  override readonly name = 'IdempotencyExpiredError';
}

/**
 * A handler that had returned made its transaction fail: a constraint that is checked late, or an end that it put to the transaction
 * itself. Rolled back whole; the same request would fail again. `cause`, where there is one, is the application's own error.
 */
export class IdempotencyHandlerError extends Error {
  static {
    branded(this, 'IdempotencyHandlerError');
  }

  override readonly name: string = 'IdempotencyHandlerError';
}

/**
 * A handler ended its transaction itself in such a way that what it did may stand, whole or in part: nobody may be told that it was
 * undone, and it must not run again.
 */
export class IdempotencyEndedError extends IdempotencyHandlerError {
  static {
    branded(this, 'IdempotencyEndedError');
  }

  override readonly name = 'IdempotencyEndedError';
}

/** What kept a request from its turn, by what may be done about it. The store's own error is its `cause`. */
export function beforeTurn(backend: Pick<IdempotencyBackend, 'isConflict'>, cause: unknown): Error {
  if (cause instanceof IdempotencyUnavailableError || cause instanceof IdempotencyConflictError) return cause;
  if (backend.isConflict?.(cause))
    return new IdempotencyConflictError('The request lost against another one before its turn.', { cause });
  return new IdempotencyUnavailableError('The store could not be asked.', { cause });
}
