/** The `pg` client of a request's transaction, as it is lent to handlers and services: they may begin and end transactions in it. */
import type { PoolClient, QueryResult } from 'pg';
import { type Borrower, NestedTransactions } from './nested.js';
import { type Control, controlIn } from './transaction-words.js';
import { lend } from './turn-client.js';

type Told = (error: Error | null, result?: QueryResult) => void;

/** What a client is asked for by `query`: a text, a configuration, or what submits itself, as a cursor does. */
type Asked = string | { readonly text?: string; readonly submit?: unknown };

const NOT_YOURS =
  'the transaction of the request is ended by the library. Leave it out, throw to undo all of it, or begin one of your own before.';

/** The client of one transaction, and what it lends of it. */
export class LentClient {
  readonly #client: PoolClient;
  readonly #endTurn: () => void;
  readonly #nested: NestedTransactions<QueryResult>;

  constructor(given: PoolClient) {
    const { client, end } = lend(given);
    this.#client = client;
    this.#endTurn = end;
    const say = async (text: string): Promise<QueryResult> => {
      const said: QueryResult | QueryResult[] = await client.query(text);
      return Array.isArray(said) ? (said[0] as QueryResult) : said;
    };
    this.#nested = new NestedTransactions({
      begin: (name) => say(`SAVEPOINT ${name}`),
      release: (name) => say(`RELEASE SAVEPOINT ${name}`),
      undo: (name) => say(`ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`),
    });
  }

  /** Somebody began a transaction and did not end it. */
  get isAnyOpen(): boolean {
    return this.#nested.isAnyOpen;
  }

  /** From now on the client is another request's. */
  end(): void {
    this.#endTurn();
  }

  /** What the handler is given: a transaction that it did not begin itself it cannot end. */
  handler(): PoolClient {
    return this.#lend((control) => Promise.reject(new Error(`${control.toUpperCase()}: ${NOT_YOURS}`)));
  }

  /** What `connect` gives a service, as a connection of its own: outside of its transactions COMMIT and ROLLBACK do nothing. */
  service(): PoolClient {
    return this.#lend(() => this.#client.query(''));
  }

  #lend(unbegun: (control: 'commit' | 'rollback') => Promise<QueryResult>): PoolClient {
    const borrower: Borrower = { isUndone: false };
    const query = (...given: unknown[]): unknown => this.#query(borrower, unbegun, given);
    return new Proxy(this.#client, {
      get: (client, name) => {
        if (name === 'query') return query;
        const value: unknown = Reflect.get(client, name);
        return typeof value === 'function' && name !== 'constructor' ? (value.bind(client) as unknown) : value;
      },
    });
  }

  #query(borrower: Borrower, unbegun: (control: 'commit' | 'rollback') => Promise<QueryResult>, given: unknown[]): unknown {
    const asked = given[0] as Asked;
    const told = given.find((one) => typeof one === 'function') as Told | undefined;
    const text = typeof asked === 'string' ? asked : asked.text;
    const submits = typeof asked !== 'string' && typeof asked.submit === 'function';
    const control = submits || typeof text !== 'string' ? undefined : controlIn(text);
    try {
      if (control) return answered(this.#control(borrower, unbegun, control), told);
      this.#nested.mayAsk(borrower);
    } catch (error) {
      if (submits) throw error;
      return answered(Promise.reject(new Error((error as Error).message)), told);
    }
    return (this.#client as unknown as { query(...given: unknown[]): unknown }).query(...given);
  }

  async #control(
    borrower: Borrower,
    unbegun: (control: 'commit' | 'rollback') => Promise<QueryResult>,
    control: Control,
  ): Promise<QueryResult> {
    if (control.kind === 'refused') throw new Error(control.why);
    const done =
      control.kind === 'begin'
        ? this.#nested.begin(borrower)
        : ((control.kind === 'commit' ? this.#nested.commit(borrower) : this.#nested.rollback(borrower)) ??
          unbegun(control.kind));
    return { ...(await done), command: control.kind.toUpperCase() };
  }
}

/** As `pg` answers: by the callback where there is one. */
function answered(answer: Promise<QueryResult>, told: Told | undefined): Promise<QueryResult> | undefined {
  if (!told) return answer;
  // Later, so that what a callback throws is not taken for a failure of the statement.
  answer.then(
    (result) => setImmediate(told, null, result),
    (error: unknown) => setImmediate(told, error as Error),
  );
  return undefined;
}
