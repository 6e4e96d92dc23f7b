/** The session that a transaction runs on, seen from below the tool: whether it lives, how its transaction ended, and its end by force. */
import { shared } from '@nestjs-idempotency/core';
import { closeBehindEnd } from './behind-end.js';
import { Endings } from './endings.js';
import type { DriverConnection } from './sql-client.js';

type Told = (message: { text?: string; status?: string }) => void;
type Happening = 'commandComplete' | 'errorMessage' | 'readyForQuery';

/** What of the protocol of `pg` is heard; a native client has none. */
interface Protocol {
  on(event: Happening, told: Told): unknown;
  off(event: Happening, told: Told): unknown;
}

const sessions = shared('postgres:sessions', () => new WeakMap<object, Session>());

/** The session that is watched on `connection`, for a pool that is about to take it back. */
export const sessionOn = (connection: object): Session | undefined => sessions.get(connection);

export class Session {
  readonly #connection: DriverConnection;
  readonly #protocol: Protocol | undefined;
  readonly #endings = new Endings();
  #isBroken = false;
  #isGivenBack = false;
  #reopen: (() => void) | undefined;

  constructor(connection: DriverConnection) {
    this.#connection = connection;
    this.#protocol = (connection as { connection?: Protocol }).connection;
    sessions.set(connection, this);
    // A connection that breaks between two statements says so by this event only, and unheard it would end the process.
    connection.on('error', this.#broke);
    for (const [happening, told] of this.#heard) this.#protocol?.on(happening, told);
  }

  /** Whether the ends of its transactions are heard at all. */
  get isHeard(): boolean {
    return this.#protocol !== undefined;
  }

  /** The connection was lost, or destroyed: the server rolls back what it was doing. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The transaction was ended, by whomever. */
  get isEnded(): boolean {
    return this.#endings.count > 0;
  }

  /** Whether one COMMIT, and nothing before it, ended the transaction. True, too, where that cannot be heard. */
  get isCommitted(): boolean {
    return !this.isHeard || this.#endings.isOneCommit;
  }

  /** Whether something was committed, by whomever, as far as it is heard. */
  get hasCommitted(): boolean {
    return this.#endings.leftSomething;
  }

  /**
   * Ends the session, so that nothing that is asked of it from now on is done; the tool's pool drops it when it is given back. Does
   * nothing after that: the connection is another one's then.
   */
  destroy(): void {
    if (this.#isGivenBack) return;
    this.#isBroken = true;
    this.#end();
  }

  /**
   * The tool gives the connection back now, and its pool does not have it yet. Ends the session where a transaction may still be open
   * on it, as the next one who is given it would be in that one. Gives whether it may be lent again.
   */
  giveBack(): boolean {
    const isClean = !this.#isBroken && (!this.isHeard || this.#endings.isIdle);
    if (!isClean && !this.#isBroken) this.#end();
    this.#stopHearing();
    return isClean;
  }

  /** Sends nothing behind the end of the transaction, which the tool puts to it from now on. */
  close(): void {
    this.#reopen ??= closeBehindEnd(this.#connection);
  }

  /** Stops listening, when the tool has given the connection back: it may be another one's by now, so nothing is done to it. */
  leave(): void {
    this.#reopen?.();
    this.#stopHearing();
  }

  #stopHearing(): void {
    this.#isGivenBack = true;
    // Who has it now may watch it already.
    if (sessions.get(this.#connection) === this) sessions.delete(this.#connection);
    this.#connection.off('error', this.#broke);
    for (const [happening, told] of this.#heard) this.#protocol?.off(happening, told);
  }

  #end(): void {
    // What it rejects with says that the connection has ended, which is what was asked for.
    void this.#connection.end().catch(() => undefined);
  }

  readonly #broke = (): void => {
    this.#isBroken = true;
  };

  readonly #heard: readonly (readonly [Happening, Told])[] = [
    ['commandComplete', ({ text = '' }) => void this.#endings.completed(text)],
    ['errorMessage', () => void this.#endings.failed()],
    ['readyForQuery', ({ status = '' }) => void this.#endings.ready(status)],
  ];
}
