/** Answers a request without running its handler, and keeps Nest's own answer to it from leaving. */
import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { Answer } from '@nestjs-idempotency/core';
import { decoded } from './coding.js';
import { depart } from './depart.js';
import { Line, lineOf } from './line.js';
import { listedHeaders } from '../settings/listed-headers.js';
import { rawOf, type PlatformResponse } from './platform.js';

/** The key under which Nest keeps what `@Header()` declares. */
const HEADERS_METADATA = '__headers__';

/**
 * Sends `answer` with `status` and the headers of `extra` at once. Headers that middleware has set stay, unless `keeps` counts
 * them to the answer; those of `@Header()` and the status of `@HttpCode()` do not show. Whatever Nest answers later is dropped
 * without a word. An encoded answer is decoded first for a client that does not accept its encoding; only then is there a promise.
 */
export function replay(
  context: ExecutionContext,
  answer: Answer,
  status: number,
  extra: Answer['headers'],
  keeps: (header: string) => boolean = listedHeaders(),
): void | Promise<void> {
  const http = context.switchToHttp();
  const response = http.getResponse<PlatformResponse>();
  const declared = declaredHeaders(context);
  const send = (fitting: Answer): void => {
    const raw = rawOf(response);
    // The client may have left, or a middleware answered, while the answer was looked up.
    if (raw.headersSent) return;
    const line = lineOf(raw) ?? new Line(raw);
    depart(line, response, { ...fitting, status }, extra, (name) => !keeps(name) && !declared.has(name));
  };
  const fitting = decoded(answer, http.getRequest<IncomingMessage>().headers['accept-encoding']);
  if ('then' in fitting) return fitting.then(send);
  send(fitting);
  return undefined;
}

function declaredHeaders(context: ExecutionContext): ReadonlySet<string> {
  const declared = Reflect.getMetadata(HEADERS_METADATA, context.getHandler()) as { name: string }[] | undefined;
  return new Set(declared?.map(({ name }) => name.toLowerCase()));
}
