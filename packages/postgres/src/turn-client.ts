/**
 * A client of `pg` as a handler is given it: for its turn. Afterwards the connection goes back to its pool and runs the transaction of
 * another request, where a statement that came late would be committed or undone with that one, and a late COMMIT would split it.
 */
import { over } from './over.js';

/** What of a client is minded. */
export interface Client {
  query(...question: never[]): unknown;
  end(...told: never[]): unknown;
  release?: unknown;
}

/** A client that was lent. */
export interface Lending<Lent> {
  readonly client: Lent;
  /**
   * From now on nothing that is asked of it reaches the server. What was asked before stands in the queue of the connection: end it
   * before COMMIT or ROLLBACK is asked, so that they stand behind all of it, and nothing behind them.
   */
  readonly end: () => void;
}

type Callback = (error: Error) => void;

/** A query that runs itself, as a cursor does. */
interface Submittable {
  submit: unknown;
  callback?: unknown;
  handleError(error: Error): void;
}

/** Lends `client`. It is given back by who has lent it, and not by `release`. */
export function lend<Lent extends Client>(client: Lent): Lending<Lent> {
  let isOver = false;
  const unlessOver =
    (name: 'end' | 'query') =>
    (...given: never[]): unknown =>
      isOver ? refuse(given) : client[name](...given);
  const own = new Map<PropertyKey, unknown>([
    ['query', unlessOver('query')],
    ['end', unlessOver('end')],
    ['release', () => undefined],
  ]);
  const lent: Lent = new Proxy(client, {
    get(target, name) {
      const found: unknown = own.get(name) ?? Reflect.get(target, name);
      if (typeof found !== 'function' || own.has(name) || name === 'constructor') return found;
      // Methods find their own object, as some keep private state in it; those that give it for chaining give what was lent.
      return (...given: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(found, target, given);
        return answer === target ? lent : answer;
      };
    },
  });
  return { client: lent, end: () => void (isOver = true) };
}

/** Refuses in the way in which it was asked: by the query itself, by a callback, or by a promise. */
export function refuse([asked, ...more]: readonly unknown[]): unknown {
  const error = over();
  const callback = [asked, ...more].find((one) => typeof one === 'function') as Callback | undefined;
  if (isSubmittable(asked)) {
    if (callback) asked.callback ??= callback;
    process.nextTick(() => {
      asked.handleError(error);
    });
    return asked;
  }
  const told = callback ?? (asked as { callback?: Callback } | undefined)?.callback;
  if (!told) return Promise.reject(error);
  process.nextTick(told, error);
  return undefined;
}

const isSubmittable = (asked: unknown): asked is Submittable =>
  typeof (asked as Partial<Submittable> | null | undefined)?.submit === 'function';
