/**
 * How an answer is said where its head has characters beyond ASCII. Node writes these as UTF-8 if the head leaves in one string with the
 * first text of the body, or by itself, and else as Latin-1; and it turns those of a Content-Disposition about if `end` alone makes the head.
 * So a replay is said as the first answer was.
 */
import type { Answer } from '@nestjs-idempotency/core';
import type { Line } from './line.js';

/** Without one: by `end` alone, with bytes. */
type Manner = 'text' | 'head' | 'head-text' | 'flushed';

/** A call on the response, as far as it matters here. */
interface Said {
  readonly kind: 'writeHead' | 'flushHeaders' | 'write' | 'end';
  readonly chunk?: unknown;
  readonly encoding?: unknown;
}

/** The manner of what was said, in its order; `isMeasured` where its length was announced, so that the body is not chunked. */
export function mannerOf(said: readonly Said[], isMeasured: boolean): Manner | undefined {
  const [first, second] = said;
  const isHead = first?.kind === 'writeHead';
  const next = isHead ? second : first;
  if (next?.kind === 'flushHeaders') return 'flushed';
  const isText = next?.kind === 'end' && typeof next.chunk === 'string' && (!next.encoding || next.encoding === 'utf8');
  if (isHead) return isText && isMeasured ? 'head-text' : 'head';
  if (next?.kind === 'write') return 'head';
  return isText ? 'text' : undefined;
}

/** Says `answer` past the stand-ins, whose other headers stand on the response. */
export function say({ response, before }: Line, { status, manner, body }: Answer): void {
  if (manner === 'flushed') before.flushHeaders.call(response);
  if (manner === 'head' || manner === 'head-text') before.writeHead.call(response, status);
  const isText = manner === 'text' || manner === 'head-text';
  before.end.call(response, isText ? Buffer.from(body).toString() : body);
}
