/** What the example uses of the client that `prisma generate` makes; the specs generate the real one. */
export interface Orders {
  readonly order: { create(row: { data: { item: string } }): Promise<{ id: number; item: string }> };
  $queryRawUnsafe<T>(text: string, ...values: unknown[]): Promise<T>;
}

export declare class PrismaClient {
  constructor(options: { adapter: unknown });
  readonly order: Orders['order'];
  $queryRawUnsafe<T>(text: string, ...values: unknown[]): Promise<T>;
  $transaction<R>(work: (tx: Orders) => Promise<R>, options?: { maxWait?: number; timeout?: number }): Promise<R>;
  $disconnect(): Promise<void>;
}

export declare namespace Prisma {
  type TransactionClient = Orders;
}
