/** The one connection of a process that listens: made when it is needed, made again when it broke. */

import { inTurn } from './in-turn.js';

/** A connection of its own, as a `pg` Client is: it keeps its session, so it goes to the database and not through a transaction pooler. */
export interface ListenClient {
  connect(): Promise<unknown>;
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  on(event: 'notification', told: (message: { payload?: string | undefined }) => void): unknown;
  on(event: 'error' | 'end', ended: (cause?: unknown) => void): unknown;
  end(): Promise<void>;
  unref?(): void;
}

/** A connected session, asked one question at a time. */
export type ListenSession = Pick<ListenClient, 'query' | 'end'>;

export interface ListenOptions {
  /** Makes an unconnected client for LISTEN, e.g. `() => new Client({ connectionString })`. We connect it and end it. Without it, waiters poll. */
  readonly listen?: () => ListenClient;
  /** Told when the listening connection fails; it is made again, and until then waiters poll. Default: a process warning. */
  readonly onListenError?: (cause: unknown) => void;
}

/** What the connection has to say. */
export interface Heard {
  notified(payload: string): void;
  /** Nobody knows what was told meanwhile, and the session's locks are gone. */
  lost(): void;
}

const RECONNECT_FIRST_MS = 100;
const RECONNECT_AT_MOST_MS = 5_000;

export class ListenConnection {
  #session: Promise<ListenSession | undefined> | undefined;
  #retryMs = RECONNECT_FIRST_MS;
  #isClosed = false;
  /** Counts closings: what a connection of an earlier life says matters no more. */
  #life = 0;

  constructor(
    private readonly make: () => ListenClient,
    private readonly channel: string,
    private readonly heard: Heard,
    private readonly onError: (cause: unknown) => void = warn,
  ) {}

  /** The session, or `undefined` while there is none. Never rejects. */
  session(): Promise<ListenSession | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    return (this.#session ??= this.#connect());
  }

  /** Lets the connection be made again after it was closed. */
  reopen(): void {
    this.#isClosed = false;
  }

  /** Ends the connection until it is reopened. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#life += 1;
    const last = this.#session;
    this.#session = undefined;
    await (await last)?.end();
  }

  async #connect(): Promise<ListenSession | undefined> {
    let client: ListenClient | undefined;
    const life = this.#life;
    let isOver = false;
    const lost = (cause: unknown): void => {
      if (isOver || life !== this.#life) return;
      isOver = true;
      this.#retryLater();
      this.onError(cause ?? new Error('The connection that listens ended.'));
      this.heard.lost();
      // It has been reported; that it cannot be ended either adds nothing.
      void client?.end().catch(() => undefined);
    };
    try {
      const made = (client = this.make());
      client.on('error', lost);
      client.on('end', lost);
      client.on('notification', ({ payload }) => {
        if (payload !== undefined) this.heard.notified(payload);
      });
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      client.unref?.();
      this.#retryMs = RECONNECT_FIRST_MS;
      return { query: inTurn((text: string, values?: unknown[]) => made.query(text, values)), end: () => made.end() };
    } catch (cause) {
      lost(cause);
      return undefined;
    }
  }

  #retryLater(): void {
    const after = this.#retryMs;
    this.#retryMs = Math.min(after * 2, RECONNECT_AT_MOST_MS);
    const pause = new Promise<undefined>((resolve) => {
      setTimeout(() => {
        if (this.#session === pause) this.#session = undefined;
        resolve(undefined);
      }, after).unref();
    });
    this.#session = pause;
  }
}

const warn = (cause: unknown): void =>
  process.emitWarning(`Idempotency cannot listen for wake-ups, so duplicates poll: ${String(cause)}`, {
    code: 'IDEMPOTENCY_LISTEN',
  });
