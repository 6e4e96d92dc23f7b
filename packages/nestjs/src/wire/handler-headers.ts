/**
 * Which headers are the handler's: those that changed from its beginning to its end, or until it answered by itself, and those that
 * are declared at it; also those that it took off. What middleware, guards and interceptors set before or after stays theirs, as they
 * set it again on a replay.
 */
import type { Answer } from '@nestjs-idempotency/core';
import { mayBeKept, mayBeTakenOff } from './listed-headers.js';
import type { Headers, PlatformResponse } from './platform.js';

/** The headers of a web response that a handler returned: the framework sets them when the handler is over. */
interface WebHeaders {
  has(name: string): boolean;
  get(name: string): string | null;
  keys(): Iterable<string>;
}

/** What a handler has decided of the headers of its answer. */
export type HeadersDecided = Pick<Answer, 'headers' | 'removed'>;

export class HandlerHeaders {
  private before: Headers | undefined;
  private after: Headers | undefined;
  private returned: WebHeaders | undefined;

  constructor(
    private readonly response: PlatformResponse,
    private readonly declared: ReadonlySet<string>,
  ) {}

  /** A second beginning, as of a retry, adds to the first: what both set stands on the response. */
  began(): void {
    this.before ??= standingOn(this.response);
    this.after = undefined;
  }

  ended(value: unknown): void {
    this.answered();
    if (Object.prototype.toString.call(value) === '[object Response]') this.returned = (value as { headers: WebHeaders }).headers;
  }

  /** The handler answers by itself, if it is still running: says so, and counts no header to it that comes later. */
  answered(): boolean {
    if (this.before === undefined || this.after !== undefined) return false;
    this.after = this.response.getHeaders();
    return true;
  }

  /** Whether the header of that lower-case name belongs to the answer because the handler has set it. */
  has(name: string): boolean {
    const isSet =
      this.declared.has(name) ||
      (this.after !== undefined && !isSame(this.before?.[name], this.after[name])) ||
      this.returned?.has(name) === true;
    return isSet && mayBeKept(name);
  }

  /** Those that it took off, and that do not stand all the same; `undefined` where there is none. */
  removed(stands: (name: string) => boolean): readonly string[] | undefined {
    const { before, after } = this;
    if (after === undefined) return undefined;
    let removed: string[] | undefined;
    for (const name in before) if (after[name] === undefined && !stands(name) && mayBeTakenOff(name)) (removed ??= []).push(name);
    return removed;
  }

  /** Those of an answer that is never rendered. */
  list(): HeadersDecided {
    this.answered();
    const now: Headers = { ...this.after };
    for (const name of this.returned?.keys() ?? []) now[name] = this.returned?.get(name) ?? undefined;
    const headers = Object.entries(now).flatMap(([name, value]) =>
      value === undefined || !this.has(name) ? [] : [value].flat().map((one) => [name, String(one)] as const),
    );
    const removed = this.removed((name) => now[name] !== undefined);
    return { headers, ...(removed && { removed }) };
  }
}

/** A list of values is a copy: who adds to one adds to that very list. */
function standingOn(response: PlatformResponse): Headers {
  const standing = response.getHeaders();
  for (const name in standing) {
    const value = standing[name];
    if (Array.isArray(value)) standing[name] = [...value];
  }
  return standing;
}

function isSame(before: Headers[string], after: Headers[string]): boolean {
  if (before === after) return true;
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return false;
  return before.every((value, at) => value === after[at]);
}
