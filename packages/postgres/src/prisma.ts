/** For Prisma: handlers get the client of the interactive transaction. */
import { kinds } from '@nestjs-idempotency/core';
import { joiningWith, originalOf } from './joining.js';
import { checkDialect, checkTool } from './options.js';
import { over } from './over.js';
import { sharedOf } from './shared-transaction.js';
import type { Row, SqlClient, SqlSource } from './sql-client.js';
import { LEVEL } from './transaction-options.js';

/** What of a generated client is used. */
export interface Raw {
  $queryRawUnsafe<T>(text: string, ...values: unknown[]): Promise<T>;
}

/** A generated client: its own type is made by `prisma generate`, so its shape is named here. */
export interface PrismaLike<Tx extends Raw = Raw, Options = object> extends Raw {
  $transaction<R>(work: (tx: Tx) => Promise<R>, options?: Options): Promise<R>;
}

/** What `$transaction` of Prisma takes. */
interface TransactionOptions {
  readonly isolationLevel?: string;
  readonly timeout?: number;
  readonly maxWait?: number;
}

const KINDS: kinds.KindsOf<TransactionOptions> = {
  isolationLevel: LEVEL.joined,
  timeout: kinds.timerMs,
  maxWait: kinds.timerMs,
};
const METHODS = ['$transaction', '$queryRawUnsafe'];

/**
 * Shares interactive transactions of `prisma`. `options` are those of `$transaction`: Prisma ends one after 5 s unless `timeout`
 * says otherwise, which is the longest time a handler may take.
 */
export function fromPrisma<Tx extends Raw, Options>(given: PrismaLike<Tx, Options>, options?: Options): SqlSource<Tx> {
  checkTool('fromPrisma(new PrismaClient({ … }))', given, METHODS);
  if (options !== undefined) kinds.optionsOf('fromPrisma', options as TransactionOptions, KINDS);
  const prisma = originalOf(given);
  const { _activeProvider: provider } = prisma as { readonly _activeProvider?: unknown };
  checkDialect('fromPrisma', provider, ['postgresql', 'postgres'], 'give one whose schema has `provider = "postgresql"`');
  return {
    ...clientOf(prisma),
    of: prisma,
    transaction: (work) => prisma.$transaction((tx) => work(clientOf(tx), tx), options),
  };
}

/** How to run statements on it, or on one of its transactions. */
export const clientOf = (raw: Raw): SqlClient => ({
  query: async (text, values) => ({ rows: await raw.$queryRawUnsafe<readonly Row[]>(text, ...values) }),
});

const OWN = new Set(['$connect', '$disconnect', '$on', '$use', '$extends', 'then', 'constructor']);
const isHook = (name: string): boolean => /^(on|before)[A-Z]/.test(name);

/** All that is asked of a transaction is answered by a promise. */
const refused = (): Promise<never> => Promise.reject(over());
const REFUSED = new Proxy({}, { get: () => refused });

/**
 * The client for services to inject: in a transactional request it is its transaction, elsewhere itself. `$transaction` runs in the
 * request's own there: what it throws and the handler catches is rolled back with the request only.
 */
export function joining<Client extends Raw & object>(prisma: Client): Client {
  checkTool('joining(prisma)', prisma, METHODS);
  const original = originalOf(prisma);
  const models = new Map<string, object>();
  /** A model that a service keeps: it, too, finds the transaction of the request in which it is used. */
  const model = (name: string, own: object): object => {
    const known = models.get(name);
    if (known) return known;
    const made = new Proxy(own, {
      get(target, method) {
        const shared = sharedOf(original);
        if (shared?.isOpen === false) return refused;
        const tx = shared?.ask() as Record<string, object> | undefined;
        const holder = tx?.[name] ?? target;
        const value: unknown = Reflect.get(holder, method);
        return typeof value === 'function' ? (value.bind(holder) as unknown) : value;
      },
    });
    models.set(name, made);
    return made;
  };
  const joined = joiningWith(prisma, {
    joins: (name) => name.startsWith('$') && !OWN.has(name),
    late: () => REFUSED,
    instead: (tx, name) => (name === '$transaction' ? within(tx) : undefined),
  });
  return new Proxy(joined, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      const isModel =
        typeof value === 'object' && value !== null && typeof name === 'string' && !name.startsWith('_') && !isHook(name);
      return isModel ? model(name, value) : value;
    },
  });
}

type Work = ((tx: object) => Promise<unknown>) | readonly PromiseLike<unknown>[];

/** Prisma begins no transaction in a transaction. */
const within =
  (tx: object) =>
  async (work: Work): Promise<unknown> => {
    if (typeof work === 'function') return work(tx);
    const done: unknown[] = [];
    for (const one of work) done.push(await one);
    return done;
  };
