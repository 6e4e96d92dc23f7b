/** The Redis client as this package sees it: one interface, so that neither driver is needed to compile or to run the other. */

export type RedisArgument = string | Buffer;

/** What is told while a subscription lasts. */
export interface Ear {
  heard(message: string): void;
  /** The subscription stands, for the first time or again: whatever was published before now may have been missed. */
  up(): void;
  /** The subscription, or the attempt to have one, failed. The client goes on trying unless `over` follows. */
  fault(error: unknown): void;
  /** The subscription is gone for good: it has to be asked for anew. */
  over(): void;
}

/** What a write that replicas were waited for came to: its reply, and how many replicas have it. */
export type Replicated = readonly [written: unknown, have: number];

/** Commands to one Redis: a single server, the primary that Sentinel names, or a Cluster. */
export interface RedisCommand {
  /** Host and port, for messages: never a password. Default: messages do not say where it is. */
  readonly where?: string | undefined;
  /** Sends one command to the primary that serves `key`. Bulk strings come back as Buffers, numbers as numbers, nothing as null. */
  command(args: readonly RedisArgument[], key: string): Promise<unknown>;
  /**
   * Sends `write` to the primary that serves `key`, and `WAIT` behind it on the same connection: a server counts the replicas that
   * have what that connection wrote, and knows of no other. Tells the reply to `write`, and how many had it within `timeoutMs`.
   */
  replicated(write: readonly string[], key: string, replicas: number, timeoutMs: number): Promise<Replicated>;
  /** The text of `INFO` from every primary. */
  info(): Promise<readonly string[]>;
  /** Subscribes on a connection of its own, which the returned function closes. Reconnects by itself. Never throws. */
  listen(channel: string, ear: Ear): () => Promise<void>;
  /** Why there is no connection at the moment, for messages; `undefined` where there is one, and absent where it is not known. */
  whyDown?(): Error | undefined;
  /** What about this client should be changed before it is relied on, in sentences. */
  advice(): readonly string[];
}

/** A connection that this package opened, and ends. */
export interface OwnCommand extends RedisCommand {
  close(): Promise<void>;
}
