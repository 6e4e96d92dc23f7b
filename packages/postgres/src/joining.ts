/** What the application injects anyway, as the request's transaction inside of one, and as itself outside. */
import { shared } from '@nestjs-idempotency/core';
import { transactionOf } from './shared-transaction.js';

type Named = Record<PropertyKey, unknown>;

/** How a tool is joined. */
export interface Joining<Db extends object> {
  /** Whether the transaction has it in the place of the tool. */
  readonly joins: (name: string) => boolean;
  /** What stands for it where the transaction's own will not do. */
  readonly instead?: (tx: object, name: string, db: Db) => unknown;
}

const originals = shared('postgres:originals', () => new WeakMap<object, object>());

/** The tool that `joining` was given, for those who share its transactions. */
export function originalOf<Db extends object>(db: Db): Db {
  return (originals.get(db) as Db | undefined) ?? db;
}

/** `db`, whose transaction in a request takes its place there. Its methods find their own object, as some keep private state in it. */
export function joiningWith<Db extends object>(db: Db, { joins, instead }: Joining<Db>): Db {
  const original = originalOf(db);
  const joined = new Proxy(original, {
    get(target, name) {
      const tx = typeof name === 'string' && joins(name) ? (transactionOf(target) as object | undefined) : undefined;
      if (tx === undefined) return bound(target, name);
      return instead?.(tx, name as string, target) ?? bound(tx, name);
    },
    apply(target, self, given: unknown[]) {
      const tx = transactionOf(target) ?? target;
      return Reflect.apply(tx as (...given: unknown[]) => unknown, self, given);
    },
  });
  originals.set(joined, original);
  return joined;
}

function bound(holder: object, name: PropertyKey): unknown {
  const value: unknown = (holder as Named)[name];
  return typeof value === 'function' && name !== 'constructor' ? (value.bind(holder) as unknown) : value;
}
