/** The answer of a handler that never reaches the wire: its client has left, or was answered by someone else. */
import { type ExecutionContext, HttpException } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { AnswerLimits, Captured } from '../wire/answer.js';
import { serialise } from './serialise.js';

const BROKEN: Captured = { kind: 'broken', status: 200 };

/**
 * What Nest would have sent for `value`. A value with instances of classes is 'broken': a serializer outside may have been there
 * to hide some of their fields, and what was never sent cannot be looked at to find out.
 */
export async function fromValue(
  adapter: AbstractHttpAdapter,
  context: ExecutionContext,
  value: unknown,
  limits: AnswerLimits,
): Promise<Captured> {
  if (holdsInstances(value)) return BROKEN;
  try {
    return await serialise(adapter, context, value, limits);
  } catch {
    // What cannot be serialised would have become an error after the handler had succeeded: it ran, and has no answer.
    return BROKEN;
  }
}

/** What Nest's own filter would have sent for an error. */
export function fromError(error: unknown): Captured {
  const status = error instanceof HttpException ? error.getStatus() : 500;
  const said = error instanceof HttpException ? error.getResponse() : { statusCode: 500, message: 'Internal server error' };
  const body = typeof said === 'string' ? { statusCode: status, message: said } : said;
  const headers = [['content-type', 'application/json; charset=utf-8']] as const;
  return { kind: 'answer', answer: { status, headers, body: Buffer.from(JSON.stringify(body)) } };
}

/** How deep a value is looked into; what is deeper counts as an instance. */
const DEPTH = 20;

function holdsInstances(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth > DEPTH) return true;
  if (Array.isArray(value)) return value.some((item) => holdsInstances(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype)
    return Object.values(value).some((item) => holdsInstances(item, depth + 1));
  // Dates, and streams and bytes that are the whole value, go through no serializer that hides fields.
  return !(value instanceof Date || (depth === 0 && isBody(value)));
}

function isBody(value: object): boolean {
  return (
    value instanceof Uint8Array ||
    'getStream' in value ||
    'pipe' in value ||
    'getReader' in value ||
    Symbol.asyncIterator in value ||
    value instanceof Response
  );
}
