/** The response at the wire while a handler runs: what is written is held back, and known as an answer before it leaves. Long because all ways to write share one state. */
import type { Readable } from 'node:stream';
import type { Answer } from '@nestjs-idempotency/core';
import { type AnswerLimits, bytesOf, type Captured, type Head } from './answer.js';
import { declaredHeaders } from './declared.js';
import { depart } from './depart.js';
import { HandlerHeaders, type HeadersDecided } from './handler-headers.js';
import { Line, lineOf } from './line.js';
import { type Headers, type PlatformResponse, rawOf } from './platform.js';
import { plainHead } from './plain-head.js';
import { Recording } from './recording.js';
import { Room } from './room.js';
import { type GateHolder, headersSent, later, type Taken, type Valve } from './valve.js';
import { Waiters } from './waiting-writers.js';

/** Holds back one response from the moment it is put on; see `captured`, `send` and `replace`. Those of `Valve` are called by the response. */
export class Gate implements Valve {
  begun = false;
  ended = false;
  readonly isVoid = false;
  /** What was held back is dropped, and can never be sent: see `outlast`. */
  isCut = false;
  /**
   * Settles once, with what was written. Nothing of it has left by then. Pending while the handler runs and nothing is written; after
   * `handlerEnded` it settles as soon as there is an answer, or `patienceMs` after its client has left. Never rejects.
   */
  readonly captured: Promise<Captured>;
  holder: GateHolder | undefined;
  private settle!: (captured: Captured) => void;
  private readonly line: Line;
  private readonly standing: Headers;
  private readonly headers: HandlerHeaders;
  private readonly recording: Recording;
  private readonly waiters: Waiters;
  private readonly room: Room;
  private isWatched = false;
  private isOver = false;
  private isListening = false;

  /**
   * Holds back, from now on, everything that is written to the raw response under `response`, of which `handler` is to make an answer.
   * Middleware that wrapped the response before stays outside: it sees what leaves, when it leaves. For a client that has left, platforms
   * do not write an answer in every case: it is waited for as long as `patienceMs` (default 1,000) after the handler.
   */
  static on(response: PlatformResponse, limits: AnswerLimits, handler?: object, patienceMs = 1_000): Gate {
    return new Gate(response, limits, handler, patienceMs);
  }

  private constructor(
    private readonly response: PlatformResponse,
    private readonly limits: AnswerLimits,
    handler: object | undefined,
    private readonly patienceMs: number,
  ) {
    const raw = rawOf(response);
    const known = lineOf(raw);
    if (known?.valve instanceof Gate) throw new Error('There is a gate on this response already.');
    this.captured = new Promise((settle) => {
      this.settle = settle;
    });
    this.standing = response.getHeaders();
    this.headers = new HandlerHeaders(response, declaredHeaders(handler));
    this.recording = new Recording(limits);
    this.waiters = new Waiters(raw);
    this.room = new Room(raw);
    this.line = known ?? new Line(raw);
    // A middleware may have sent the head, or a whole answer, and let the handler run all the same.
    if (this.line.isHeadOut) this.begin();
    if ((this.ended = this.line.isEnded)) this.settle({ kind: 'nothing', status: raw.statusCode });
    this.line.valve = this;
    this.listen();
    this.line.hearPipes();
  }

  /** Whether nobody is left to hear an answer. */
  get isClientGone(): boolean {
    return this.line.isGone;
  }

  /** The handler begins; headers that are set from now on are its own. May be called again, for another try of it. */
  handlerBegan(): void {
    this.isOver = false;
    this.headers.began();
  }

  /** The handler is over, with `value` if it returned one; an answer that is not there yet is written soon, or by nobody. */
  handlerEnded(value?: unknown): void {
    this.headers.ended(value);
    if (this.isOver || this.ended) return;
    this.isOver = true;
    if (!this.listen()) this.clientLeft();
  }

  /** The headers that the handler has set, of those that are kept, and those that it took off: for a value that is never rendered. */
  headersOfHandler(): HeadersDecided {
    return this.headers.list();
  }

  /** Lets what was held back go, byte for byte as it was written. From now on the response is an ordinary one. */
  send(): void {
    const { line, recording } = this;
    if (line.valve !== this) return;
    line.valve = undefined;
    this.waiters.stop();
    if (this.isCut) return void line.response.destroy(new Error('The answer is longer than `maxBodyBytes`, and was dropped.'));
    const flows = recording.sayAgain(line);
    this.room.resume(flows && !this.ended);
  }

  /**
   * To be said of what is longer than is held back and leaves only after the handler. If the handler waits for room, or has someone wait,
   * neither would ever come: then all of it is dropped, what is still written too, and the answer is cut.
   */
  outlast(): void {
    this.room.onAwaited(() => {
      if (this.isCut || this.isOver || this.ended || this.line.valve !== this) return;
      this.isCut = true;
      this.recording.forget();
      this.room.flow();
    });
  }

  /**
   * Sends `answer` and the headers of `extra` instead of what was or will be written, which is dropped; on Fastify by way of the
   * application's hooks. Throws an `UnsendableAnswerError` before anything has left.
   */
  replace(answer: Answer, extra: Answer['headers'] = []): void {
    const { line, response, standing, limits } = this;
    if (line.valve !== this) return;
    this.waiters.stop();
    this.recording.forget();
    const left = depart({ line, platform: response, answer, extra, standing, stays: (name) => !limits.keeps(name) });
    if (left === undefined) this.room.resume(true);
    else void left.then(() => void this.room.resume(true));
  }

  writeHead(args: readonly unknown[]): void {
    const plain = plainHead(args);
    this.begin(plain);
    this.recording.add({ kind: 'writeHead', args: plain });
  }

  flushHeaders(): void {
    if (!this.begun) this.begin();
    this.watch();
    this.recording.add({ kind: 'flushHeaders' });
  }

  write(chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean {
    const bytes = bytesOf(chunk, encoding);
    if (this.ended) return this.recording.addLate('write', chunk, encoding, taken);
    if (this.isCut) return (later(taken), true);
    const head = this.begun ? this.recording.head : this.begin();
    this.take(bytes, head);
    this.watch();
    // Who waits for a chunk to leave before it ends the response would wait for ever.
    const { isFull } = this.room;
    this.recording.add({ kind: 'write', chunk: bytes, encoding: undefined, taken: isFull ? taken : undefined });
    if (!isFull) later(taken);
    else if (taken !== undefined) this.room.await();
    return !isFull;
  }

  end(chunk: unknown, encoding: unknown, taken: Taken | undefined): void {
    if (this.ended) return void this.recording.addLate('end', chunk, encoding, taken);
    // What Node says of a chunk that it cannot send is said now, not when it leaves.
    const bytes = chunk ? bytesOf(chunk, encoding) : undefined;
    const head = this.recording.head ?? this.begin();
    if (bytes !== undefined) this.take(bytes, head);
    // Who is told that it has ended may use its memory again, long before it leaves.
    this.recording.end(typeof chunk === 'string' ? chunk : bytes, encoding, this.isOver ? taken : undefined);
    // A handler that waits for its end would keep the answer from being kept, and so from leaving.
    if (!this.isOver) this.waiters.finish(taken);
    this.ended = true;
    this.settle(this.recording.captured(head));
  }

  admitsHeader(): boolean {
    throw headersSent('set');
  }

  handlerAnswers(): void {
    this.headers.answered();
  }

  spoken(): void {
    this.holder?.spoken(this.line.response.statusCode);
  }

  clientLeft(): void {
    if (!this.ended) this.holder?.clientLeft();
    // Frameworks stop a stream that was on its way, while a whole answer may still come.
    if (this.isWatched) this.abandon();
    else if (this.isOver && !this.ended) setTimeout(() => void (this.isOver && this.abandon()), this.patienceMs).unref();
  }

  piped(source: Readable): void {
    this.recording.follow(source, () => void this.abandon());
  }

  /** Nobody will finish the response. */
  abandon(): void {
    if (this.ended) return;
    const status = this.recording.head?.status ?? this.line.response.statusCode;
    this.settle({ kind: this.begun ? 'broken' : 'nothing', status });
  }

  private begin(writeHead?: readonly unknown[]): Head {
    if (this.begun) throw headersSent('write');
    const { headers, line } = this;
    const head = this.recording.begin(line.response, headers, headers.answered(), writeHead);
    this.begun = true;
    this.holder?.headBegins();
    line.guardHeaders();
    if (head.isEventStream) {
      this.recording.drop();
      this.choke(head);
    }
    return head;
  }

  private take(bytes: Buffer, head: Head | undefined): void {
    this.recording.take(bytes);
    if (this.recording.isTooLong && head !== undefined) this.choke(head);
  }

  /** From here on the source waits until what is held back may leave. */
  private choke({ status }: Head): void {
    this.room.fill();
    this.settle({ kind: 'too-large', status });
  }

  private watch(): void {
    if (this.isWatched) return;
    this.isWatched = true;
    // The client left before: what is written and ended in one turn is still an answer, a stream is not, as frameworks stop it.
    if (!this.listen()) setImmediate(() => this.abandon());
  }

  /** Whether there is still a client that can leave. */
  private listen(): boolean {
    if (this.line.isGone) return false;
    if (!this.isListening) this.line.hearClose();
    return (this.isListening = true);
  }
}
