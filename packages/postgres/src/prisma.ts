/** For Prisma: handlers get the client of the interactive transaction. */
import type { Row, SqlClient, SqlSource } from './sql-client.js';

/** What of a generated client is used. */
interface Raw {
  $queryRawUnsafe<T>(text: string, ...values: unknown[]): Promise<T>;
}

/** A generated client: its own type is made by `prisma generate`, so its shape is named here. */
export interface PrismaLike<Tx extends Raw = Raw, Options = object> extends Raw {
  $transaction<R>(work: (tx: Tx) => Promise<R>, options?: Options): Promise<R>;
}

/**
 * Shares interactive transactions of `prisma`. `options` are those of `$transaction`: Prisma ends one after 5 s unless `timeout`
 * says otherwise, which is the longest time a handler may take.
 */
export function fromPrisma<Tx extends Raw, Options>(prisma: PrismaLike<Tx, Options>, options?: Options): SqlSource<Tx> {
  return {
    ...clientOf(prisma),
    transaction: (work) => prisma.$transaction((tx) => work(clientOf(tx), tx), options),
  };
}

/** How to run statements on it, or on one of its transactions. */
export const clientOf = (raw: Raw): SqlClient => ({
  query: async (text, values) => ({ rows: await raw.$queryRawUnsafe<readonly Row[]>(text, ...values) }),
});
