/** Why a body cannot be identified. */

/** Thrown by an encoder for a body that no identity can be made of: the client's fault, answered with a 4xx. */
export class BodyRefusedError extends Error {
  override readonly name = 'BodyRefusedError';

  constructor(
    /** 'too-deep': nested beyond the limit. 'too-large': longer than the limit. 'aborted': the client left while sending it. */
    readonly reason: 'too-deep' | 'too-large' | 'aborted',
    options?: ErrorOptions,
  ) {
    super(`The request body cannot be identified: ${reason}.`, options);
  }
}
