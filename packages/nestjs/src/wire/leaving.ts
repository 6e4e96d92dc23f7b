/** An answer of ours on its way out, through the methods that middleware has put on the response. */
import type { Answer } from '@nestjs-idempotency/core';
import type { Line } from './line.js';
import { say } from './manner.js';
import { later, type Taken, type Valve } from './valve.js';

/** Lets nothing pass, and tells everyone that it has left. */
export const SILENCE: Valve = {
  begun: true,
  ended: true,
  isVoid: true,
  writeHead: () => undefined,
  flushHeaders: () => undefined,
  write: (_chunk, _encoding, taken) => (later(taken), true),
  end: (_chunk, _encoding, taken) => later(taken),
  admitsHeader: () => false,
};

/**
 * Stands while the answer is between us and Node. The framework waits, so who speaks is a method below: a middleware that goes on from
 * a timer, or Node, which asks for the head through the response. The head is the answer's, whoever asks for it.
 */
export class Leaving implements Valve {
  readonly isVoid = true;

  constructor(
    private readonly line: Line,
    private readonly answer: Answer,
  ) {}

  go(): void {
    const { line, answer } = this;
    line.valve = this;
    line.response.statusCode = answer.status;
    try {
      say(line, answer);
    } catch (error) {
      // Half an answer must not look like a whole one.
      line.response.destroy(error as Error);
    }
  }

  get begun(): boolean {
    return this.line.isHeadOut;
  }

  get ended(): boolean {
    return this.line.isEnded;
  }

  writeHead(): void {
    const { line, answer } = this;
    if (line.isHeadOut) return;
    line.before.writeHead.call(line.response, answer.status);
    // A body without its head would be read as one: Node sends it all the same.
    if (!line.isHeadOut) line.response.destroy();
  }

  flushHeaders(): void {
    this.line.before.flushHeaders.call(this.line.response);
  }

  /** An `end` below may write what it is given through the response: HTTP/2 of Node, an injected response, a middleware of the application. */
  write(chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean {
    const { line } = this;
    return line.before.write.call(line.response, chunk, encoding, taken) !== false;
  }

  end(_chunk: unknown, _encoding: unknown, taken: Taken | undefined): void {
    later(taken);
  }

  admitsHeader(): boolean {
    return false;
  }
}
