/** The published policy of an application: as a JSON document, and in its OpenAPI document. */
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { markOf } from '../settings/decorators.js';
import { BasicEncoder } from '../request/encoders/basic-encoder.js';
import type { IdempotencyEncoder } from '../request/encoders/encoder.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { policyOf } from '../settings/policy.js';
import { IDEMPOTENCY_ENCODER, IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { describeOperation } from './openapi.js';
import { operationsOf } from '../settings/operations.js';
import { publishedPolicy, type PublishedPolicy } from './policy-document.js';

/** One protected operation. */
export interface PublishedOperation extends PublishedPolicy {
  readonly method: string;
  readonly paths: readonly string[];
}

/** What the application tells its clients of idempotency. JSON. */
export interface PolicyDocument {
  readonly profile: string;
  /** Whose key it is: what the application says, or the bearer of the credential. */
  readonly scope: 'application' | 'credential';
  readonly operations: readonly PublishedOperation[];
}

/** Injectable; serve `document()` from a route of your own. Operations in it are described for `@nestjs/swagger` by themselves. */
@Injectable()
export class IdempotencyPolicies {
  readonly #document: PolicyDocument;

  // At construction, because an OpenAPI document is usually made before the application is initialised.
  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) options: IdempotencyOptions,
    @Inject(IDEMPOTENCY_ENCODER) encoder: IdempotencyEncoder,
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
  ) {
    const mayMismatch = !(encoder instanceof BasicEncoder);
    const operations: PublishedOperation[] = [];
    for (const operation of operationsOf(discovery, scanner)) {
      const { controller, handler, method, paths } = operation;
      const policy = policyOf(`${controller.name}.${handler.name}`, options, markOf(controller), markOf(handler));
      if (!policy.takesPart(method)) continue;
      const published = publishedPolicy(policy, mayMismatch);
      describeOperation(operation, published, policy.style.errors);
      operations.push({ method, paths, ...published });
    }
    this.#document = { profile: options.profile ?? 'classic', scope: options.scope ? 'application' : 'credential', operations };
  }

  /** The policy of every protected operation, retention included: draft-07 asks that it be published. */
  document(): PolicyDocument {
    return this.#document;
  }
}
