/** The encoder of the `classic` profile: another request is another operation. */
import { branded } from '@nestjs-idempotency/core';
import { bodyText, type BodyText } from './body.js';
import { type BodyRules, checkedRules } from './body-rules.js';
import { digest, joinParts } from './digest.js';
import type { IdempotencyEncoder, Identity, KeyedRequest } from './encoder.js';
import { routing } from './routing.js';

/** Key, scope, method, path with its query, version, host and body are all part of the slot, so that a key can never be used for another request. */
export class BasicEncoder implements IdempotencyEncoder {
  static {
    branded(this, 'BasicEncoder');
  }

  private readonly bodyText: BodyText;

  /** By default a body is its raw bytes, or where the application does not keep them, what was parsed, in its order. */
  constructor(rules: BodyRules = {}) {
    this.bodyText = bodyText(checkedRules('BasicEncoder', rules), 'raw');
  }

  encode(request: KeyedRequest): Identity | Promise<Identity> {
    const body = this.bodyText(request);
    return typeof body === 'string' ? identityOf(request, body) : body.then((text) => identityOf(request, text));
  }
}

function identityOf({ key, scope, method, path, operation }: KeyedRequest, body: string): Identity {
  // As JSON, because a scope may hold half a surrogate pair, and the hash would take all of these for one character.
  const slot = joinParts('basic', key, JSON.stringify(scope), method, path, body) + routing(operation);
  return { slot: digest(slot), fingerprint: 'basic' };
}
