/** A database tool of an application, as the specs open it. */
import type { SqlSource } from '@nestjs-idempotency/postgres';

export interface OpenTool {
  readonly source: SqlSource;
  /** With SERIALIZABLE transactions. */
  readonly serializable: SqlSource;
  /** Adds a row to `effects` in the request's transaction, in the way of the tool's users. */
  effect(name: string): Promise<void>;
  /** Reads all of `effects` in it, so that two that read and write both collide. */
  look(): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface Tool {
  readonly name: string;
  open(database: { readonly url: string }): Promise<OpenTool>;
}
