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
  /** The transaction as a handler keeps it that was given it: what runs one statement in it. */
  hold(): (statement: string) => Promise<unknown>;
  /** The tool as services inject it: `joining(db)`. */
  readonly joined: Joined;
  close(): Promise<unknown>;
}

/** What a service does with what it was given at construction, and which knows nothing of idempotency. */
export interface Joined {
  add(name: string): Promise<unknown>;
  /** Adds in a transaction of the tool's own, which then fails; the failure is caught. */
  addAndFail(name: string): Promise<unknown>;
}

/** Swallows what `addAndFail` throws by intention, and nothing else. */
export const undone = async (work: Promise<unknown>): Promise<void> => {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error !== intended) throw error;
};

export const intended = new Error('this one is undone');

export interface Tool {
  readonly name: string;
  open(database: { readonly url: string }): Promise<OpenTool>;
}
