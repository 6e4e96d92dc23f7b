/** What is written to a response that is held back: to be read as an answer, and to be said again when it may leave. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Answer } from '@nestjs-idempotency/core';
import { ALL, type AnswerLimits, type Belonging, type Captured, hasBody, type Head, readHead } from './answer.js';
import type { Line } from './line.js';
import { mannerOf } from './manner.js';
import { later, type Taken } from './valve.js';

type Held =
  | { readonly kind: 'writeHead'; readonly args: readonly unknown[] }
  | { readonly kind: 'flushHeaders' }
  | { readonly kind: 'write' | 'end'; readonly chunk: unknown; readonly encoding: unknown; readonly taken: Taken | undefined };

export class Recording {
  head: Head | undefined;
  private source: Readable | undefined;
  /** Whether the body is longer than may be kept; no more of it is taken. */
  isTooLong = false;
  private readonly held: Held[] = [];
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private reason: string | undefined;
  private bodiless = false;

  constructor(private readonly limits: AnswerLimits) {}

  /** Fixes the head, as it is now. `isAll` where all that is given to `writeHead` is the handler's own. Throws where Node would have. */
  begin(response: ServerResponse, set: Belonging, isAll: boolean, writeHead?: readonly unknown[]): Head {
    const head = (this.head = readHead(response, this.limits, writeHead, { set, given: isAll ? ALL : set }));
    // HTTP/2 has no reason phrase, and warns of one.
    if (!('stream' in response)) this.reason = response.statusMessage;
    this.bodiless = !hasBody(head.status) || response.req?.method === 'HEAD';
    return head;
  }

  add(held: Held): void {
    this.held.push(held);
  }

  /** Takes `source` for what is piped in, and calls `broken` where it closes before its end. */
  follow(source: Readable, broken: () => void): void {
    this.source = source;
    // Not on 'error': a listener of ours would hide from the application that nobody else listens.
    source.once('close', () => {
      if (source === this.source && !source.readableEnded) broken();
    });
  }

  /** What is written after the end is an error that Node reports as soon as the end has left. */
  addLate(kind: 'write' | 'end', chunk: unknown, encoding: unknown, taken: Taken | undefined): false {
    this.held.push({ kind, chunk, encoding, taken });
    return false;
  }

  end(chunk: string | Buffer | undefined, encoding: unknown, taken: Taken | undefined): void {
    this.held.push({ kind: 'end', chunk, encoding, taken });
  }

  /** Takes bytes of the body, up to the limit. */
  take(bytes: Buffer): void {
    if (this.bodiless || this.isTooLong) return;
    this.size += bytes.length;
    this.chunks.push(bytes);
    if (this.size > this.limits.maxBodyBytes) this.drop();
  }

  /** Takes no body, now and later. */
  drop(): void {
    this.isTooLong = true;
    this.chunks.length = 0;
  }

  /** What it was, now that it has ended. */
  captured({ status, headers, removed, length, isBeyondAscii }: Head): Captured {
    const { source } = this;
    const isCut = source !== undefined && (source.errored || (source.destroyed && !source.readableEnded));
    if (isCut || !(this.bodiless || Number.isNaN(length) || length === this.size)) return { kind: 'broken', status };
    const [only] = this.chunks;
    // An error may leave before it is kept, and whoever it goes through may change its bytes.
    const isShared = only !== undefined && this.chunks.length === 1 && status < 400;
    const body = isShared ? only : Buffer.concat(this.chunks, this.size);
    const manner = isBeyondAscii ? mannerOf(this.held, !Number.isNaN(length)) : undefined;
    const answer: { -readonly [K in keyof Answer]: Answer[K] } = { status, headers, body };
    if (removed) answer.removed = removed;
    if (manner) answer.manner = manner;
    return { kind: 'answer', answer };
  }

  /** Says all of it again, past the stand-ins. Tells whether there is room for more. */
  sayAgain({ response, before, isHeadOut }: Line): boolean {
    const { head, reason } = this;
    let flows = true;
    try {
      // What somebody set since the head began came too late.
      if (head !== undefined && !isHeadOut) {
        response.statusCode = head.status;
        if (reason !== undefined) response.statusMessage = reason;
      }
      for (const held of this.held) {
        if (held.kind === 'writeHead') before.writeHead.apply(response, held.args as unknown[]);
        else if (held.kind === 'flushHeaders') before.flushHeaders.call(response);
        else flows = before[held.kind].call(response, held.chunk, held.encoding, held.taken) !== false;
      }
    } catch (error) {
      // Half an answer must not look like a whole one.
      response.destroy(error as Error);
    }
    return flows;
  }

  /** Drops all of it, and tells all who wait for a chunk, to whom that is as good as if it had left. */
  forget(): void {
    for (const held of this.held.splice(0)) if ('taken' in held) later(held.taken);
  }
}
