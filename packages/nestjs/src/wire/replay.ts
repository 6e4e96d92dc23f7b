/** Answers a request without running its handler, and keeps Nest's own answer to it from leaving. */
import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { Answer } from '@nestjs-idempotency/core';
import { decoded } from './coding.js';
import { declaredHeaders } from './declared.js';
import { depart } from './depart.js';
import { Line, lineOf } from './line.js';
import { listedHeaders } from './listed-headers.js';
import { rawOf, type PlatformResponse } from './platform.js';

/** A megabyte. */
const INFLATED_AT_MOST_BYTES = 1_048_576;

/**
 * Sends `answer` with `status` and the headers of `extra` at once. Headers that middleware has set stay, unless `keeps` counts
 * them to the answer; those of `@Header()` and the status of `@HttpCode()` do not show. Whatever Nest answers later is dropped
 * without a word. There is a promise only where somebody has to be waited for before Nest may go on: an encoded answer is decoded
 * first for a client that does not accept its coding, up to `inflatedAtMostBytes`, and hooks of Fastify and middleware may take
 * their time. Throws, or rejects with, an `UnsendableAnswerError` before anything has left.
 */
export function replay(
  context: ExecutionContext,
  answer: Answer,
  status: number,
  extra: Answer['headers'],
  keeps: (header: string) => boolean = listedHeaders(),
  inflatedAtMostBytes = INFLATED_AT_MOST_BYTES,
): void | Promise<void> {
  const request = context.getArgByIndex<Pick<IncomingMessage, 'headers'>>(0);
  const platform = context.getArgByIndex<PlatformResponse>(1);
  const declared = declaredHeaders(context.getHandler());
  const send = (fitting: Answer): void | Promise<void> => {
    const raw = rawOf(platform);
    const line = lineOf(raw) ?? new Line(raw);
    return depart({
      line,
      platform,
      // A head that has left with the status of the first answer cannot be given another.
      answer: line.isHeadOut ? fitting : { ...fitting, status },
      extra,
      stays: (name) => !keeps(name) && !declared.has(name),
    });
  };
  const fitting = decoded(answer, request.headers['accept-encoding'], inflatedAtMostBytes);
  return 'then' in fitting ? fitting.then(send) : send(fitting);
}
