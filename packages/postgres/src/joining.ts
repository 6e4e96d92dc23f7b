/** What the application injects anyway, as the request's transaction inside of one, and as itself outside. */
import { kinds, shared } from '@nestjs-idempotency/core';
import { over } from './over.js';
import { type SharedTransaction, sharedOf } from './shared-transaction.js';

type Named = Record<PropertyKey, unknown>;

/** How a tool is joined. */
export interface Joining<Db extends object> {
  /** Whether the transaction has it in the place of the tool. */
  readonly joins: (name: string) => boolean;
  /** What stands for it where the transaction's own will not do. */
  readonly instead?: (tx: object, name: string, db: Db) => unknown;
  /**
   * What stands for the transaction after its end: what it gives must refuse by a promise that rejects where the tool gives a promise,
   * as an error that is thrown in a timer, past every `catch`, ends the process. Without it async functions reject, and all else throws.
   */
  readonly late?: (tx: object) => object;
}

const originals = shared('postgres:originals', () => new WeakMap<object, object>());

/** The tool that `joining` was given, for those who share its transactions. */
export function originalOf<Db extends object>(db: Db): Db {
  return (originals.get(db) as Db | undefined) ?? db;
}

/** `db`, whose transaction in a request takes its place there. Its methods find their own object, as some keep private state in it. */
export function joiningWith<Db extends object>(db: Db, { joins, instead, late }: Joining<Db>): Db {
  if ((typeof db !== 'object' || (db as object | null) === null) && typeof db !== 'function')
    throw new TypeError(`postgres: joining was given ${kinds.describe(db)}: give the database tool of your application.`);
  const original = originalOf(db);
  const joined = new Proxy(original, {
    get(target, name) {
      const shared = typeof name === 'string' && joins(name) ? sharedOf(target) : undefined;
      if (shared === undefined) return bound(target, name);
      if (!shared.isOpen && !late) return refusing(shared.tx as object, name);
      const tx = given(shared, late);
      return instead?.(tx, name as string, target) ?? bound(tx, name);
    },
    apply(target, self, asked: unknown[]) {
      const shared = sharedOf(target);
      const tx = shared ? given(shared, late) : target;
      return Reflect.apply(tx as (...asked: unknown[]) => unknown, self, asked);
    },
  });
  originals.set(joined, original);
  return joined;
}

/** What `shared` gives to who asks, or what stands for it after its end. */
const given = (shared: SharedTransaction, late: ((tx: object) => object) | undefined): object =>
  !shared.isOpen && late ? late(shared.tx as object) : (shared.ask() as object);

/** What an async function of a transaction comes to after its end. */
function refusing(tx: object, name: PropertyKey): unknown {
  if ((tx as Named)[name] instanceof AsyncFunction) return () => Promise.reject(over());
  throw over();
}

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

function bound(holder: object, name: PropertyKey): unknown {
  const value: unknown = (holder as Named)[name];
  return typeof value === 'function' && name !== 'constructor' ? (value.bind(holder) as unknown) : value;
}
