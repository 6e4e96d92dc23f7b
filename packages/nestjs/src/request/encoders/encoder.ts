/** What an encoder is told, and what it promises: which requests are the same. */
import type { IncomingMessage } from 'node:http';
import type { Identity } from '@nestjs-idempotency/core';

export type { Identity };

/** A request that carries a key. */
export interface KeyedRequest {
  readonly key: string;
  /** Whose key it is. */
  readonly scope: string;
  readonly method: string;
  /** The path as it was sent, with its query. */
  readonly path: string;
  readonly contentType?: string;
  /** What the body parser made of the body; `undefined` where it left the body alone. */
  readonly body: unknown;
  /** The body's bytes, where the application keeps them (`rawBody: true`). */
  readonly rawBody?: Uint8Array;
  readonly raw: IncomingMessage;
}

/** Says which requests are the same. */
export interface IdempotencyEncoder {
  /**
   * Equal slots share one answer; under one slot, another fingerprint is another request. Key and scope must be part of the slot,
   * or one caller is given another's answer. Throws `BodyRefusedError` for a body that it cannot identify.
   */
  encode(request: KeyedRequest): Identity | Promise<Identity>;
}
