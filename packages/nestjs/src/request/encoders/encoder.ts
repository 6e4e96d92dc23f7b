/** What an encoder is told, and what it promises: which requests are the same. */
import type { IncomingMessage } from 'node:http';
import type { Identity } from '@nestjs-idempotency/core';

export type { Identity };

/** What a request was routed to. All spellings of its path that reach one handler with the same parameters are one operation. */
export interface RoutedOperation {
  /** The whole pattern of the route: global prefix, version in the path, controller, method. */
  readonly pattern: string;
  /** The parameters of the path, decoded; of a wildcard, a list. */
  readonly params: object;
  /** The version by which the request was routed, where it does not stand in the path. */
  readonly version?: string;
  /** The hosts that the handler serves and what was found in the host's name, as one text; absent where it serves every host. */
  readonly host?: string;
}

/** A request that carries a key. */
export interface KeyedRequest {
  readonly key: string;
  /** Whose key it is, and of which application. */
  readonly scope: string;
  readonly method: string;
  /** The path as it was sent, with its query, in origin form. */
  readonly path: string;
  /** Absent on a platform that does not tell what it routed the request to. */
  readonly operation?: RoutedOperation;
  readonly contentType?: string;
  /** What the body parser made of the body; `undefined` where it left the body alone. */
  readonly body: unknown;
  /** The body's bytes, where the application keeps them (`rawBody: true`). */
  readonly rawBody?: Uint8Array;
  readonly raw: IncomingMessage;
  /** The platform's request. */
  readonly request?: object;
}

/** Says which requests are the same. */
export interface IdempotencyEncoder {
  /**
   * Equal slots share one answer; under one slot, another fingerprint is another request. Key and scope must be part of the slot,
   * or one caller is given another's answer. Throws `BodyRefusedError` for a body that it cannot identify.
   */
  encode(request: KeyedRequest): Identity | Promise<Identity>;
}
