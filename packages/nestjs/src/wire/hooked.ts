/**
 * An answer of ours on its way through the `onSend` hooks of Fastify. They see it as any other, and what they put on the reply leaves
 * with it. Status, body and headers of the answer leave as they were kept: they have been through the hooks before. A hook that fails
 * is a refusal of the application to send it: its error is answered instead.
 */
import type { Answer } from '@nestjs-idempotency/core';
import type { AnswerHeaders } from './fit.js';
import { Leaving } from './leaving.js';
import { type Line, lineOf } from './line.js';
import { rawOf, type Reply } from './platform.js';
import { later, type Taken, type Valve } from './valve.js';

/** The reply's own `send`, past what stands in for it. A stand-in is not deleted when it is over: an object that loses a property is slow from then on. */
function passing(this: Reply, payload: unknown): unknown {
  return (Object.getPrototypeOf(this) as Reply).send.call(this, payload);
}

/**
 * Stands in for a reply's `send` while its hooks run: whoever calls it answers in our place, the handler of an error or a hook. One for
 * all replies: V8 takes a reply with a function of its own, and all that hangs on it, for alive until the next full collection.
 */
function instead(this: Reply, payload: unknown): unknown {
  const valve = lineOf(rawOf(this))?.valve;
  if (valve instanceof Hooked) valve.giveWay();
  return passing.call(this, payload);
}

/** What a hook says with a body that it makes of ours. */
const OF_A_BODY = /^(content-|etag$|transfer-encoding$|trailer$|.*-?digest$)/;

export class Hooked implements Valve {
  readonly begun = false;
  readonly ended = false;
  readonly isVoid = false;

  constructor(
    private readonly line: Line,
    private readonly reply: Reply,
    private readonly answer: Answer,
    private readonly headers: AnswerHeaders,
  ) {}

  go(): void {
    const { line, reply, answer } = this;
    line.valve = this;
    reply.send = instead;
    // A copy, since a hook may change it in its place.
    passing.call(reply, answer.body.byteLength === 0 ? undefined : Buffer.from(answer.body));
  }

  /** Something else is answered. */
  giveWay(): void {
    const { line, reply, headers } = this;
    line.valve = undefined;
    for (const name of headers.keys()) if (!name.startsWith('content-')) reply.removeHeader(name);
  }

  /** The hooks are through, and Fastify speaks. */
  private leave(): void {
    const { line, reply, answer, headers } = this;
    const { response } = line;
    line.valve = undefined;
    const standing = reply.getHeaders();
    for (const name in standing) {
      const value = standing[name];
      if (OF_A_BODY.test(name)) response.removeHeader(name);
      else if (value !== undefined) response.setHeader(name, value);
    }
    for (const [name, value] of headers) response.setHeader(name, value);
    new Leaving(line, answer).go();
  }

  writeHead(): void {
    this.leave();
  }

  flushHeaders(): void {
    this.leave();
  }

  write(_chunk: unknown, _encoding: unknown, taken: Taken | undefined): boolean {
    this.leave();
    later(taken);
    return true;
  }

  end(_chunk: unknown, _encoding: unknown, taken: Taken | undefined): void {
    this.leave();
    later(taken);
  }

  admitsHeader(): boolean {
    return true;
  }
}
