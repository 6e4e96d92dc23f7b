/**
 * Which headers are the handler's: those that it set, or that changed from its beginning to its end or until it answered by itself, and
 * those that are declared at it; also those that it took off. What middleware, guards and interceptors set before or after stays theirs,
 * as they set it again on a replay.
 */
import type { Answer } from '@nestjs-idempotency/core';
import { hearHeaders } from './header-ways.js';
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
  /** Names that it set or took off: what it set to the value that stood there is its own as well. */
  private readonly touched = new Set<string>();

  constructor(
    private readonly response: PlatformResponse,
    private readonly declared: ReadonlySet<string>,
  ) {}

  /** A second beginning, as of a retry, adds to the first: what both set stands on the response. */
  began(): void {
    if (this.before === undefined) hearHeaders(this.response);
    this.before ??= this.response.getHeaders();
    this.after = undefined;
  }

  ended(value: unknown): void {
    this.answered();
    if (Object.prototype.toString.call(value) === '[object Response]') this.returned = (value as { headers: WebHeaders }).headers;
  }

  /** The handler answers by itself, if it is still running: says so, and counts no header to it that comes later. */
  answered(): boolean {
    if (!this.isRunning) return false;
    this.after = this.response.getHeaders();
    return true;
  }

  /** Somebody has set the header of that name, or taken it off. */
  changed(name: unknown): void {
    if (this.isRunning) this.touched.add(String(name).toLowerCase());
  }

  /** Whether the header of that lower-case name belongs to the answer because the handler has set it. */
  has(name: string): boolean {
    const isSet =
      this.declared.has(name) ||
      this.touched.has(name) ||
      (this.after !== undefined && this.before?.[name] !== this.after[name]) ||
      this.returned?.has(name) === true;
    return isSet && mayBeKept(name);
  }

  /** Those that it took off, and that do not stand all the same; `undefined` where there is none. */
  removed(stands: (name: string) => boolean): readonly string[] | undefined {
    const { before, after, touched } = this;
    if (after === undefined) return undefined;
    for (const name in before) if (after[name] === undefined) touched.add(name);
    if (touched.size === 0) return undefined;
    const removed = [...touched].filter((name) => !stands(name) && mayBeTakenOff(name));
    return removed.length === 0 ? undefined : removed;
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

  private get isRunning(): boolean {
    return this.before !== undefined && this.after === undefined;
  }
}
