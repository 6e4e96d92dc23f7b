/** The session that a transaction runs on, seen from below the tool: whether it lives, how its transaction ended, and its end by force. */
import { closeBehindEnd } from './behind-end.js';
import type { DriverConnection } from './sql-client.js';

/** What of the protocol of `pg` is heard; a native client has none. */
interface Protocol {
  on(event: 'commandComplete' | 'readyForQuery', told: (message: { text?: string; status?: string }) => void): unknown;
  off(event: 'commandComplete' | 'readyForQuery', told: (message: { text?: string; status?: string }) => void): unknown;
}

export class Session {
  readonly #connection: DriverConnection;
  readonly #protocol: Protocol | undefined;
  readonly #endings: string[] = [];
  #lastCommand = '';
  #isBroken = false;
  #reopen: (() => void) | undefined;

  constructor(connection: DriverConnection) {
    this.#connection = connection;
    this.#protocol = (connection as { connection?: Protocol }).connection;
    // A connection that breaks between two statements says so by this event only, and unheard it would end the process.
    connection.on('error', this.#broke);
    this.#protocol?.on('commandComplete', this.#completed);
    this.#protocol?.on('readyForQuery', this.#ready);
  }

  /** The connection was lost, or destroyed: the server rolls back what it was doing. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The transaction was ended, by whomever. */
  get isEnded(): boolean {
    return this.#endings.length > 0;
  }

  /** Whether one COMMIT, and nothing before it, ended the transaction. True, too, where that cannot be heard. */
  get isCommitted(): boolean {
    return this.#protocol === undefined || (this.#endings.length === 1 && this.#endings[0] === 'COMMIT');
  }

  /** Ends the session, so that nothing that is asked of it from now on is done; the tool's pool drops it when it is given back. */
  destroy(): void {
    this.#isBroken = true;
    // What it rejects with says that the connection has ended, which is what was asked for.
    void this.#connection.end().catch(() => undefined);
  }

  /** Sends nothing behind the end of the transaction, which the tool puts to it from now on. */
  close(): void {
    this.#reopen ??= closeBehindEnd(this.#connection);
  }

  /** Stops listening, when the tool has the connection back. */
  leave(): void {
    this.#reopen?.();
    this.#connection.off('error', this.#broke);
    this.#protocol?.off('commandComplete', this.#completed);
    this.#protocol?.off('readyForQuery', this.#ready);
  }

  readonly #broke = (): void => {
    this.#isBroken = true;
  };

  readonly #completed = ({ text = '' }: { text?: string }): void => {
    this.#lastCommand = text;
  };

  // Idle means that no transaction is open. A COMMIT of one that had been aborted completes as ROLLBACK, and without an error.
  readonly #ready = ({ status }: { status?: string }): void => {
    if (status === 'I') this.#endings.push(this.#lastCommand);
  };
}
