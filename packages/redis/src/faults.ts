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

/**
 * The fault as it may be logged: drivers hang the command with its arguments, a client's answer among them, on their errors. `whyDown` is
 * told where the fault is that there was no connection.
 */
export function told(error: unknown, redis = 'Redis', whyDown?: Error): Error {
  if (error instanceof IdempotencyUnavailableError) return error;
  const cause = connecting(error, whyDown);
  return new IdempotencyUnavailableError(`${redis} failed: ${cause.message}`, { cause });
}

/** ioredis names a setting of its own where it could not connect, and not what came of it. */
export function connecting(error: unknown, whyDown: Error | undefined): Error {
  const { name, message } = toError(error);
  if (name !== 'MaxRetriesPerRequestError') return bare(name, message);
  if (whyDown) return bare(whyDown.name, sentence(whyDown));
  return bare(name, 'the client could not connect, and its `error` event tells why.');
}

/** Where each address of a host was tried, Node puts what came of them beside an empty message. */
export function sentence(error: Error): string {
  const { errors, code } = error as { readonly errors?: unknown; readonly code?: unknown };
  if (error.message !== '') return error.message;
  const all = Array.isArray(errors) ? errors.map((one) => toError(one).message).filter((one) => one !== '') : [];
  return all.length > 0 ? all.join(', ') : typeof code === 'string' ? code : error.name;
}

function bare(name: string, message: string): Error {
  const cause = new Error(message.replace(/, with args beginning with:.*/s, ''));
  cause.name = name;
  return cause;
}
