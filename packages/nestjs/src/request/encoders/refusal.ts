/** Why a body cannot be identified. */
import { branded } from '@nestjs-idempotency/core';

/** What a client is told. */
const DETAILS = {
  'too-deep': 'The body is nested too deeply to tell a retry from another request.',
  'too-large': 'The body is too large, or has too many parts, to tell a retry from another request.',
  aborted: 'The request ended before its body was complete.',
  unseen: 'The request has a body that cannot be looked into here, so that a retry cannot be told from another request.',
  'callback-failed': 'The body is not of a form from which a retry can be told from another request.',
} as const;

/** Thrown by an encoder for a body that no identity can be made of; answered with a 4xx. */
export class BodyRefusedError extends Error {
  static {
    branded(this, 'BodyRefusedError');
  }

  override readonly name = 'BodyRefusedError';
  /** A sentence for the client. */
  readonly detail: string;

  constructor(
    /**
     * 'too-deep': nested beyond the limit. 'too-large': longer, or of more parts, than the limit. 'aborted': the client left while
     * sending it. 'unseen': there is a body, and neither its bytes nor all that a parser made of them can be looked into.
     * 'callback-failed': the function that picks what counts threw.
     */
    readonly reason: keyof typeof DETAILS,
    options?: ErrorOptions,
  ) {
    super(`The request body cannot be identified: ${reason}.`, options);
    this.detail = DETAILS[reason];
  }
}
