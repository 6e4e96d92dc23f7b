/** Who asks for what under a key: from a request to its slot and fingerprint. */
import { Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { IdempotencyEvents } from '../events.js';
import type { Reason } from '../problems.js';
import { isThenable } from '@nestjs-idempotency/core';
import { IDEMPOTENCY_ENCODER, IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { CallbackFailedError } from './callback-failed.js';
import { BasicEncoder } from './encoders/basic-encoder.js';
import type { IdempotencyEncoder, Identity } from './encoders/encoder.js';
import { OperationEncoder } from './encoders/operation-encoder.js';
import { BodyRefusedError } from './encoders/refusal.js';
import { type Exchange, keyedRequest } from './exchange.js';
import { inTime, STORE_TIMEOUT_MS } from './in-time.js';
import { routedOperation, type RouteFacts, routeFacts, versioningOf } from './routed.js';
import { COOKIES_WITHOUT_SCOPE, scopeOf, type ScopeOptions } from './scope.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own type of a handler.
type Handler = Function;

@Injectable()
export class Identities {
  readonly #timeoutMs: number;
  readonly #scopeOf: ReturnType<typeof scopeOf>;
  readonly #facts = new Map<Type, Map<Handler, RouteFacts>>();

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) options: ScopeOptions,
    @Inject(IDEMPOTENCY_ENCODER) private readonly encoder: IdempotencyEncoder,
    @Inject(IdempotencyEvents) private readonly events: IdempotencyEvents,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {
    this.#timeoutMs = options.storeTimeoutMs ?? STORE_TIMEOUT_MS;
    this.#scopeOf = scopeOf(options, () => {
      new Logger('Idempotency').warn(COOKIES_WITHOUT_SCOPE);
    });
  }

  /**
   * The identity of a request with `key`; a promise only where `scope` or the encoder gives one, or its body must be read first.
   * Throws, or rejects with, what `refusalOf` tells: nothing was looked up then. A callback that failed has been told of as a fault.
   */
  of(exchange: Exchange, key: string): Identity | Promise<Identity> {
    try {
      const scope = this.#scopeOf(exchange.request);
      const identity = typeof scope === 'string' ? this.#encode(exchange, key, scope) : this.#later(exchange, key, scope);
      return identity instanceof Promise ? identity.catch((error: unknown) => this.#failed(error)) : identity;
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #later(exchange: Exchange, key: string, scope: Promise<string>): Promise<Identity> {
    return this.#encode(exchange, key, await scope);
  }

  #encode(exchange: Exchange, key: string, scope: string): Identity | Promise<Identity> {
    const operation = routedOperation(exchange, this.#factsOf(exchange));
    const encoded = this.encoder.encode(keyedRequest(exchange, key, scope, operation));
    if (!isThenable(encoded)) return checked(encoded);
    // Ours read bodies and files, however large; another's may wait for anything.
    const isOurs = [BasicEncoder, OperationEncoder].some((ours) => ours === this.encoder.constructor);
    const inBounds = isOurs ? encoded : inTime('encoder', encoded, this.#timeoutMs, exchange.raw);
    return Promise.resolve(inBounds).then(checked);
  }

  #factsOf({ context }: Exchange): RouteFacts {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    let handlers = this.#facts.get(controller);
    if (!handlers) this.#facts.set(controller, (handlers = new Map<Handler, RouteFacts>()));
    let facts = handlers.get(handler);
    if (!facts) handlers.set(handler, (facts = routeFacts(controller, handler, versioningOf(this.modules))));
    return facts;
  }

  #failed(error: unknown): never {
    const failed = error instanceof BodyRefusedError ? error : CallbackFailedError.of('encoder', error);
    if (failed instanceof CallbackFailedError) this.#tell(failed.callback, failed.cause);
    else if (failed instanceof BodyRefusedError && failed.reason === 'callback-failed') this.#tell('body', failed.cause);
    throw failed;
  }

  #tell(callback: string, cause: unknown): void {
    this.events.fault({ kind: 'callback-failed', callback, cause });
  }
}

/** An encoder of the application's own may be JavaScript: without a slot, all requests would be one. */
function checked(identity: Identity): Identity {
  if (isDigest(identity.slot) && isDigest(identity.fingerprint)) return identity;
  throw new CallbackFailedError('encoder', new TypeError('`encode` must return a slot and a fingerprint, both strings.'));
}

function isDigest(text: unknown): boolean {
  return typeof text === 'string' && text !== '';
}

/** What a client is told of a request without an identity; `undefined` where the application chose the answer itself. */
export function refusalOf(error: unknown): { readonly reason: Reason; readonly detail?: string } | undefined {
  if (error instanceof CallbackFailedError) return { reason: 'callback-failed' };
  if (!(error instanceof BodyRefusedError)) return undefined;
  return { reason: error.reason === 'too-large' ? 'body-too-large' : 'body-refused', detail: error.detail };
}
