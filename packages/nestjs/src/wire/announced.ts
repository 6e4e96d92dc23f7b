/**
 * A refusal of ours on its way through the filters of the application. Who renders it as it stands sends our headers with it; who
 * renders something else sends that, without them. So they are put on only when the body is seen at the wire.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../problems.js';
import { bytesOf } from './answer.js';
import { Line, lineOf } from './line.js';
import { plainHead } from './plain-head.js';
import { type PlatformResponse, rawOf, setHeader } from './platform.js';
import { headersSent, type Taken, type Valve } from './valve.js';

/** Longer bodies are none of ours. */
const AT_MOST_BYTES = 8_192;

/** Puts on `response` what is true of `problem`, whoever renders it, and has the rest put on with its body. Changes nothing of a head that has left. */
export function announce(response: PlatformResponse, problem: Problem): void {
  const raw = rawOf(response);
  if (raw.headersSent || raw.writableEnded) return;
  for (const [name, value] of problem.headers) setHeader(response, name, value);
  if (problem.bodyHeaders.length === 0) return;
  const line = lineOf(raw) ?? new Line(raw);
  line.valve ??= new Announced(line, problem);
}

class Announced implements Valve {
  readonly ended = false;
  readonly isVoid = false;
  private head: readonly unknown[] | undefined;

  constructor(
    private readonly line: Line,
    private readonly problem: Problem,
  ) {}

  get begun(): boolean {
    return this.head !== undefined;
  }

  writeHead(args: readonly unknown[]): void {
    this.head = plainHead(args);
    this.line.guardHeaders();
  }

  flushHeaders(): void {
    this.stepAside();
    this.line.before.flushHeaders.call(this.line.response);
  }

  /** What comes in pieces is none of ours. */
  write(chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean {
    this.stepAside();
    return this.line.before.write.call(this.line.response, chunk, encoding, taken) !== false;
  }

  end(chunk: unknown, encoding: unknown, taken: Taken | undefined): void {
    this.stepAside(this.isOurs(chunk, encoding) ? this.problem.bodyHeaders : []);
    this.line.before.end.call(this.line.response, chunk, encoding, taken);
  }

  admitsHeader(): boolean {
    throw headersSent('set');
  }

  private stepAside(headers: Problem['bodyHeaders'] = []): void {
    const { line, head } = this;
    const { response } = line;
    line.valve = undefined;
    const at = typeof head?.[1] === 'string' ? 2 : 1;
    const given: OutgoingHttpHeaders = { ...(head?.[at] as OutgoingHttpHeaders | undefined) };
    for (const [name, value] of headers) {
      const same = Object.keys(given).find((one) => one.toLowerCase() === name.toLowerCase());
      const standing = same === undefined ? response.getHeader(name) : given[same];
      // Other links are true of another answer as well.
      const all = name === 'Link' && standing !== undefined ? [standing, value].flat().map(String) : value;
      if (same === undefined) response.setHeader(name, all);
      else given[same] = all;
    }
    if (head !== undefined) line.before.writeHead.apply(response, [...head.slice(0, at), given]);
  }

  /** A filter may write our body with spaces, in another order, or with more members: it is the same problem (RFC 9457, 3.2). */
  private isOurs(chunk: unknown, encoding: unknown): boolean {
    if (!(typeof chunk === 'string' || chunk instanceof Uint8Array) || chunk.length > AT_MOST_BYTES) return false;
    const { body } = this.problem;
    try {
      const said = JSON.parse(bytesOf(chunk, encoding).toString()) as Record<string, unknown> | null;
      return (
        typeof said === 'object' && said !== null && Object.keys(body).every((name) => isDeepStrictEqual(said[name], body[name]))
      );
    } catch {
      // Not JSON, and so not ours.
      return false;
    }
  }
}
