/** Transactions that services begin inside the one of the request, on its one connection: each is a savepoint. */

/** How the tool does it; `undo` is given how many are open from that savepoint on, itself included. */
export interface Savepoints<Done> {
  begin(name: string): Promise<Done>;
  release(name: string): Promise<Done>;
  undo(name: string, open: number): Promise<Done>;
}

/** Who begins transactions: what a service was lent. */
export interface Borrower {
  /** Its transaction was undone with another one, which it has not been told yet. */
  isUndone: boolean;
}

interface Nested {
  readonly name: string;
  readonly borrower: Borrower;
}

const SIDE_BY_SIDE =
  'Two transactions were open side by side in one request, which has one connection: this one is undone. Await the one before the next begins, or run one of them in outsideTransaction(…).';

export class NestedTransactions<Done> {
  readonly #savepoints: Savepoints<Done>;
  readonly #open: Nested[] = [];
  #made = 0;

  constructor(savepoints: Savepoints<Done>) {
    this.#savepoints = savepoints;
  }

  /** A service began one and did not end it. */
  get isAnyOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Throws where the transaction that the borrower is in is undone. */
  mayAsk({ isUndone }: Borrower): void {
    if (isUndone) throw new Error(SIDE_BY_SIDE);
  }

  /** All of these send what they have to say at once, so that statements of those who do not wait stay in their order. */
  begin(borrower: Borrower): Promise<Done> {
    this.mayAsk(borrower);
    const nested = { name: `joined_${++this.#made}`, borrower };
    this.#open.push(nested);
    return this.#savepoints.begin(nested.name).catch((error: unknown) => {
      this.#forget(this.#open.indexOf(nested));
      throw error;
    });
  }

  /** Ends the last one of the borrower; `undefined` where it has none. Rejects, and undoes it, where another one was begun within it and goes on. */
  commit(borrower: Borrower): Promise<Done> | undefined {
    const at = this.#lastOf(borrower);
    const nested = this.#open[at];
    if (borrower.isUndone) {
      borrower.isUndone = false;
      return Promise.reject(new Error(SIDE_BY_SIDE));
    }
    if (!nested) return undefined;
    const refuse = (error: unknown) => (): never => {
      throw error;
    };
    if (at < this.#open.length - 1) return this.#undo(at).then(refuse(new Error(SIDE_BY_SIDE)));
    this.#open.pop();
    // What cannot be committed is undone.
    return this.#savepoints
      .release(nested.name)
      .catch((error: unknown) => this.#savepoints.undo(nested.name, 1).then(refuse(error), refuse(error)));
  }

  /** Undoes the last one of the borrower, with all that was begun within it; `undefined` where it has none. */
  rollback(borrower: Borrower): Promise<Done> | undefined {
    borrower.isUndone = false;
    const at = this.#lastOf(borrower);
    return at < 0 ? undefined : this.#undo(at);
  }

  #undo(at: number): Promise<Done> {
    const [nested, ...within] = this.#forget(at);
    for (const { borrower } of within) borrower.isUndone = borrower !== nested?.borrower;
    return this.#savepoints.undo(nested?.name ?? '', within.length + 1);
  }

  #forget(at: number): Nested[] {
    return at < 0 ? [] : this.#open.splice(at);
  }

  #lastOf(borrower: Borrower): number {
    return this.#open.findLastIndex((nested) => nested.borrower === borrower);
  }
}
