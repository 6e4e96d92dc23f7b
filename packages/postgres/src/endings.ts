/** What the server says of the ends of transactions on one session, and what of it stays: no I/O. Begins inside of a transaction. */

/** What commits what came before it, where a transaction is open. */
const COMMITS = new Set(['COMMIT', 'PREPARE TRANSACTION']);

export class Endings {
  /** Completed since the server was ready last. */
  #tags: string[] = [];
  readonly #lasts: string[] = [];
  #isIdle = false;
  #leftSomething = false;

  /** No transaction is open. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** How often the server was ready with no transaction open. */
  get count(): number {
    return this.#lasts.length;
  }

  /** One COMMIT, and nothing before it. A COMMIT of one that had been aborted completes as ROLLBACK, and without an error. */
  get isOneCommit(): boolean {
    return this.#lasts.length === 1 && this.#lasts[0] === 'COMMIT';
  }

  /** Something was committed, or may have been: statements outside of a transaction commit by themselves. */
  get leftSomething(): boolean {
    return this.#leftSomething;
  }

  /** A statement was done, and is called `tag`. `ROLLBACK TO SAVEPOINT` is called ROLLBACK as well. */
  completed(tag: string): void {
    this.#tags.push(tag);
  }

  /** A statement failed: what was sent with it is undone, back to the last commit. */
  failed(): void {
    this.#tags = this.#tags.slice(0, this.#tags.findLastIndex((tag) => COMMITS.has(tag)) + 1);
  }

  /** All that was sent together is done; `status` is I where no transaction is open. */
  ready(status: string): void {
    const [tags, wasIdle] = [this.#tags, this.#isIdle];
    this.#tags = [];
    this.#isIdle = status === 'I';
    const last = tags.at(-1) ?? '';
    if (this.#isIdle) this.#lasts.push(last);
    // A COMMIT outside of a transaction does nothing.
    const isNothing = wasIdle && tags.length === 1 && COMMITS.has(last);
    if (isNothing) return;
    const isUndone = last === '' || last === 'ROLLBACK';
    if (tags.some((tag) => COMMITS.has(tag)) || (this.#isIdle && !isUndone)) this.#leftSomething = true;
  }
}
