/** What may go wrong with Redis, and what of it may be told. */
import { types } from 'node:util';
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';

/** Replies that a failover, a start or a move of slots brings and that pass. */
const PASSING = /^(READONLY|LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|MOVED|ASK|BUSY)\b/;
const REPLY = /^[A-Z]{3,}\b/;

/** An error by its looks: drivers' and sockets' errors may come from another realm, where `instanceof` fails. */
export function toError(error: unknown): Error {
  if (types.isNativeError(error)) return error;
  return new Error(String(error));
}

/** Whether asking again may help: the connection was lost, or the server is not itself at the moment. */
export function isPassing(error: unknown): boolean {
  const { name, message } = toError(error);
  if (name === 'TypeError') return false;
  return PASSING.test(message) || !REPLY.test(message);
}

/** The fault as it may be logged: drivers hang the command with its arguments, a client's answer among them, on their errors. */
export function told(error: unknown, redis = 'Redis'): Error {
  if (error instanceof IdempotencyUnavailableError) return error;
  const { name, message } = toError(error);
  const cause = new Error(message.replace(/, with args beginning with:.*/s, ''));
  cause.name = name;
  return new IdempotencyUnavailableError(`${redis} failed: ${cause.message}`, { cause });
}
