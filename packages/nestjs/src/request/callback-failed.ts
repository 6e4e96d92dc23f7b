/** What stops a request because the application's own callback did not do its part. */
import { HttpException } from '@nestjs/common';
import { branded } from '@nestjs-idempotency/core';

/** A callback threw, rejected, or returned what it must not. Nothing was looked up, and nothing ran. */
export class CallbackFailedError extends Error {
  static {
    branded(this, 'CallbackFailedError');
  }

  override readonly name = 'CallbackFailedError';

  constructor(
    /** The option, as it is called where it is set. */
    readonly callback: string,
    cause: unknown,
  ) {
    super(`\`${callback}\` failed.`, { cause });
  }

  /** What `callback` threw: an `HttpException` is the answer that it chose, anything else its failure. */
  static of(callback: string, error: unknown): unknown {
    return error instanceof HttpException || error instanceof CallbackFailedError
      ? error
      : new CallbackFailedError(callback, error);
  }
}
