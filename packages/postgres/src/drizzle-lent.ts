/** A transaction of Drizzle as a handler is given it: over a client that is lent for its turn. */
import { type Client, lend } from './turn-client.js';

/** What of a transaction, and of what it is made of, is looked at. */
interface Shape {
  readonly _?: { readonly session?: { readonly client?: unknown } };
  readonly query?: Readonly<Record<string, object>>;
}

/** What the database runs on: a pool, or in a transaction its client. */
export const driverOf = (db: object): unknown => (db as Shape)._?.session?.client;

/** The same transaction, whose statements are refused after `end`, also those of what was built before. Those of `tx` itself are not. */
export function lendTransaction<Tx extends object>(tx: Tx): { readonly tx: Tx; readonly end: () => void } {
  const { _, query = {} } = tx as Shape;
  const client = driverOf(tx);
  if (!_?.session || !isClient(client)) return { tx, end: () => undefined };
  const lending = lend(client);
  const session = like(_.session, { client: lending.client });
  // The queries of relations hold the session since the transaction was made; whatever else is built takes that of its transaction.
  const relations = Object.entries(query).map(([name, builder]) => [name, like(builder, { session })] as const);
  const lent = like(tx, { session, _: { ..._, session }, query: Object.fromEntries(relations) });
  return { tx: lent, end: lending.end };
}

/** `holder` but for some of its properties. */
function like<Holder extends object>(holder: Holder, other: Readonly<Record<string, unknown>>): Holder {
  return Object.assign(Object.create(holder), other) as Holder;
}

const isClient = (driver: unknown): driver is Client => typeof (driver as Partial<Client> | undefined)?.query === 'function';
