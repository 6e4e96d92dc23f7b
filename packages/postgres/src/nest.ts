/** For Nest handlers: the transaction as a parameter. */
import { createParamDecorator } from '@nestjs/common';
import { kinds } from '@nestjs-idempotency/core';
import { currentTransaction, currentTransactionIfAny } from './shared-transaction.js';

/** How to ask for the transaction. */
export interface IdempotencyTransactionOptions {
  /** The parameter is `undefined` for a request that does not take part, e.g. one without a key where the key is optional. Default false. */
  readonly optional?: boolean;
}

const KINDS: kinds.KindsOf<IdempotencyTransactionOptions> = { optional: kinds.bool };

const parameter = createParamDecorator(({ optional = false }: IdempotencyTransactionOptions): unknown =>
  optional ? currentTransactionIfAny() : currentTransaction(),
);

/**
 * What the application's tool gives to those who work in the request's transaction: a `pg` client, an `EntityManager`, …
 * Effects made through it are committed together with the answer. A request that has no transaction fails, unless `optional`.
 */
// A function of our own: the type inferred from Nest 12 names a type that Nest 11 does not have.
export const IdempotencyTransaction = (options: IdempotencyTransactionOptions = {}): ParameterDecorator =>
  parameter(kinds.optionsOf('@IdempotencyTransaction()', options, KINDS));
