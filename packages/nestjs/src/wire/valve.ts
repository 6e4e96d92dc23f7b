/** What stands between a framework and the socket. */
import type { ServerResponse } from 'node:http';

/** Called when a chunk has been taken over. */
export type Taken = (error?: Error | null) => void;

/** Takes what a framework writes, and says of the response what the framework would see had it left. */
export interface Valve {
  readonly begun: boolean;
  readonly ended: boolean;
  /** Whether nothing that the framework still says counts, not even which status it sets. */
  readonly isVoid: boolean;
  writeHead(args: readonly unknown[]): void;
  flushHeaders(): void;
  write(chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean;
  end(chunk: unknown, encoding: unknown, taken: Taken | undefined): void;
  /** Whether headers may still change. Throws where Node would have. */
  admitsHeader(): boolean;
}

/** A response with its valve; without one, what is written leaves. */
export interface Valved {
  readonly response: ServerResponse;
  valve: Valve | undefined;
}
