/** What stands between a framework and the socket. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/** Called when a chunk has been taken over. */
export type Taken = (error?: Error | null) => void;

/** Takes what is said on a response, and says of the response what the one who speaks would see had it left. */
export interface Valve {
  readonly begun: boolean;
  readonly ended: boolean;
  /** Whether nothing that the framework still says counts, not even which status it sets. */
  readonly isVoid: boolean;
  writeHead(args: readonly unknown[]): void;
  flushHeaders(): void;
  write(chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean;
  end(chunk: unknown, encoding: unknown, taken: Taken | undefined): void;
  /** Whether headers may still change. Asked only once it has begun. Throws where Node would have. */
  admitsHeader(): boolean;
  /** Whoever has the response has set a header, added to it, or taken it off. */
  headerChanged?(name: unknown): void;
  /** The handler itself has a reply sent, and hooks of the application are about to add to it. */
  handlerAnswers?(): void;
  /** Whoever has the response asks the framework to answer with something. */
  spoken?(): void;
  /** `source` is piped into the response. */
  piped?(source: Readable): void;
  /** The response has closed. */
  clientLeft?(): void;
}

/** Whoever holds the turn of a response that a gate is on. An object, since V8 takes one with a function of its own for alive until the next full collection. */
export interface GateHolder {
  /** The head begins, by whoever begins it. */
  headBegins(): void;
  /** Whoever has the response asks the framework to answer with something, while `status` stands on it. */
  spoken(status: number): void;
  /** The client has left before an answer was whole. */
  clientLeft(): void;
}

/** A response with its valve; without one, what is written leaves. */
export interface Valved {
  readonly response: ServerResponse;
  valve: Valve | undefined;
}

/** Tells whoever waits for a chunk, in a turn of its own as Node does. */
export function later(taken: Taken | undefined): void {
  if (taken !== undefined) process.nextTick(taken);
}

/** What Node throws at who sets, or writes, headers after they have left. */
export function headersSent(what: 'set' | 'write'): Error {
  return Object.assign(new Error(`Cannot ${what} headers after they are sent to the client`), { code: 'ERR_HTTP_HEADERS_SENT' });
}
