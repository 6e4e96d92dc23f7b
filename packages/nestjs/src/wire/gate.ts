/** The response at the wire while a handler runs: all that is written is held back, and known as an answer before it leaves. */
import type { Readable } from 'node:stream';
import type { Answer } from '@nestjs-idempotency/core';
import { bytesOf, hasBody, plainHead, readHead, type AnswerLimits, type Captured, type Head } from './answer.js';
import { depart } from './depart.js';
import { Line, lineOf } from './line.js';
import { rawOf, type PlatformResponse } from './platform.js';
import type { Taken, Valve } from './valve.js';
import { Waiting } from './waiting-writers.js';

type Held =
  | { readonly kind: 'writeHead'; readonly args: readonly unknown[] }
  | { readonly kind: 'flushHeaders' }
  | { readonly kind: 'write' | 'end'; readonly chunk: unknown; readonly encoding: unknown; readonly taken: Taken | undefined };

/** Holds back one response from the moment it is put on; see `captured`, `send`, `replace` and `detach`. */
export class Gate implements Valve {
  begun = false;
  ended = false;
  readonly isVoid = false;
  /** Settles once, with what the framework wrote. Nothing of it has left by then. Pending for ever when nothing is written. Never rejects. */
  readonly captured: Promise<Captured>;
  /** Called as the head begins, by whoever begins it. */
  onBegin: (() => void) | undefined;
  private settle!: (captured: Captured) => void;
  private readonly line: Line;
  private readonly standing: readonly string[];
  private readonly held: Held[] = [];
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private head: Head | undefined;
  private bodiless = false;
  private source: Readable | undefined;
  private watched = false;
  private waiting: Waiting | undefined;

  /**
   * Holds back, from now on, everything that is written to the raw response under `response`.
   * Middleware that wrapped the response before stays outside: it sees what leaves, when it leaves.
   */
  static on(response: PlatformResponse, limits: AnswerLimits): Gate {
    return new Gate(response, limits);
  }

  private constructor(
    private readonly response: PlatformResponse,
    private readonly limits: AnswerLimits,
  ) {
    const raw = rawOf(response);
    const line = lineOf(raw);
    if (line?.valve !== undefined) throw new Error('There is a gate on this response already.');
    this.captured = new Promise((settle) => {
      this.settle = settle;
    });
    this.standing = response.raw === undefined ? raw.getHeaderNames() : Object.keys(response.getHeaders());
    this.line = line ?? new Line(raw);
    this.line.valve = this;
    raw.on('pipe', (source: Readable) => {
      this.follow(source);
    });
  }

  /** Lets what was held back go, byte for byte as the framework wrote it. From now on the response is an ordinary one. */
  send(): void {
    if (this.line.valve !== this) return;
    this.line.valve = undefined;
    const { before, response } = this.line;
    let flows = true;
    try {
      for (const held of this.held) {
        if (held.kind === 'writeHead') before.writeHead.apply(response, [...held.args]);
        else if (held.kind === 'flushHeaders') before.flushHeaders.call(response);
        else flows = before[held.kind].call(response, held.chunk, held.encoding, held.taken) !== false;
      }
    } catch (error) {
      // Half an answer must not look like a whole one.
      response.destroy(error as Error);
    }
    this.waiting?.resume(flows && !this.ended);
  }

  /** Sends `answer` and the headers of `extra` instead of what was or will be written, which is dropped. */
  replace(answer: Answer, extra: readonly (readonly [string, string])[] = []): void {
    if (this.line.valve !== this) return;
    const { standing, limits } = this;
    depart(this.line, this.response, answer, extra, (name) => standing.includes(name) && !limits.keeps(name));
    for (const held of this.held) if ('taken' in held && held.taken !== undefined) process.nextTick(held.taken);
    this.waiting?.resume(true);
  }

  /** Stops recording: what was held back and all that follows passes, and `captured` stays pending. */
  detach(): void {
    this.settle = () => undefined;
    this.send();
  }

  handlerBegan(): void {}

  handlerEnded(): void {}

  headersOfHandler(): Answer['headers'] {
    return [];
  }

  /** Called by the response. */
  writeHead(args: readonly unknown[]): void {
    const plain = plainHead(args);
    this.begin(plain);
    this.held.push({ kind: 'writeHead', args: plain });
  }

  /** Called by the response. */
  flushHeaders(): void {
    if (!this.begun) this.begin();
    this.watch();
    this.held.push({ kind: 'flushHeaders' });
  }

  /** Called by the response. */
  write(chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean {
    const bytes = bytesOf(chunk, encoding);
    if (this.ended) return this.keepForNode('write', chunk, encoding, taken);
    if (!this.begun) this.begin();
    this.take(bytes);
    this.watch();
    // Who waits for a chunk to leave before it ends the response would wait for ever.
    if (taken !== undefined && this.waiting === undefined) process.nextTick(taken);
    this.held.push({ kind: 'write', chunk: bytes, encoding: undefined, taken: this.waiting && taken });
    return this.waiting === undefined;
  }

  /** Called by the response. */
  end(chunk: unknown, encoding: unknown, taken: Taken | undefined): void {
    if (this.ended) return void this.keepForNode('end', chunk, encoding, taken);
    // What Node says of a chunk that it cannot send is said now, not when it leaves.
    const bytes = chunk ? bytesOf(chunk, encoding) : undefined;
    const head = this.head ?? this.begin();
    if (bytes !== undefined) this.take(bytes);
    this.ended = true;
    this.held.push({ kind: 'end', chunk, encoding, taken });
    this.settle(this.isWhole(head) ? { kind: 'answer', answer: this.answer(head) } : { kind: 'broken', status: head.status });
  }

  /** Called by the response. */
  admitsHeader(): boolean {
    throw Object.assign(new Error('Cannot set headers after they are sent to the client'), { code: 'ERR_HTTP_HEADERS_SENT' });
  }

  /** `source` is piped into the response. */
  private follow(source: Readable): void {
    if (this.line.valve !== this) return;
    this.source = source;
    // Not on 'error': a listener of ours would hide from the application that nobody else listens.
    source.once('close', () => {
      if (source === this.source && !source.readableEnded) this.abandon();
    });
  }

  /** Nobody will finish the response. */
  abandon(): void {
    if (!this.ended) this.settle({ kind: 'broken', status: this.head?.status ?? this.line.response.statusCode });
  }

  private begin(writeHead?: readonly unknown[]): Head {
    if (this.begun)
      throw Object.assign(new Error('Cannot write headers after they are sent to the client'), { code: 'ERR_HTTP_HEADERS_SENT' });
    const { response } = this.line;
    const head = (this.head = readHead(response, this.limits, writeHead));
    this.begun = true;
    this.onBegin?.();
    this.bodiless = !hasBody(head.status) || response.req?.method === 'HEAD';
    this.line.guardHeaders();
    if (head.isEventStream) this.choke(head);
    return head;
  }

  private take(bytes: Buffer): void {
    if (this.bodiless || this.waiting !== undefined) return;
    this.size += bytes.length;
    this.chunks.push(bytes);
    if (this.size > this.limits.maxBodyBytes) this.choke(this.head as Head);
  }

  /** From here on the source waits until what is held back may leave. */
  private choke(head: Head): void {
    this.chunks.length = 0;
    this.waiting = new Waiting(this.line.response);
    this.settle({ kind: 'too-large', status: head.status });
  }

  private watch(): void {
    if (this.watched) return;
    this.watched = true;
    const { response } = this.line;
    if (!response.destroyed && !response.closed) {
      // Streams on Fastify come near the number of listeners at which Node warns of a leak: ours, and that of whoever put us on, come on top.
      response.setMaxListeners(response.getMaxListeners() + 2);
      response.once('close', () => {
        this.abandon();
      });
    }
    // The client left before: what is written and ended in one turn is still an answer, a stream is not, as frameworks stop it.
    else setImmediate(() => this.abandon());
  }

  private isWhole(head: Head): boolean {
    const { source } = this;
    if (source !== undefined && (source.errored || (source.destroyed && !source.readableEnded))) return false;
    return this.bodiless || Number.isNaN(head.length) || head.length === this.size;
  }

  private answer({ status, headers }: Head): Answer {
    const [only] = this.chunks;
    return {
      status,
      headers,
      body: only !== undefined && this.chunks.length === 1 ? only : Buffer.concat(this.chunks, this.size),
    };
  }

  /** What is written after the end is an error that Node reports as soon as the end has left. */
  private keepForNode(kind: 'write' | 'end', chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean {
    this.held.push({ kind, chunk, encoding, taken });
    return false;
  }
}
