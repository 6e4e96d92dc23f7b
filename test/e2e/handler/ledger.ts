/** A database of one table in memory, with transactions, as a backend: what was not committed is undone. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type IdempotencyBackend, type Lease, MemoryLock, MemoryStorage, pair, type Saved } from '@nestjs-idempotency/core';

interface Transaction {
  readonly rows: string[];
  isOpen: boolean;
  lease: Lease | undefined;
  commit: (() => Promise<unknown>) | undefined;
}

const LONG_MS = 1_000_000;

export class Ledger implements IdempotencyBackend {
  /** What is committed. */
  readonly rows: string[] = [];
  /** What was written outside of every transaction, or in one that was over. */
  readonly stray: string[] = [];
  /** Transactions that hold a connection now. */
  open_ = 0;
  readonly #store = pair(new MemoryStorage(), new MemoryLock());
  readonly #scope = new AsyncLocalStorage<Transaction>();
  readonly renew = this.#store.renew.bind(this.#store);

  /** Writes a row: within the transaction of this call, or at once. */
  write(row: string): void {
    const transaction = this.#scope.getStore();
    if (transaction?.isOpen === true) transaction.rows.push(row);
    else {
      this.stray.push(row);
      this.rows.push(row);
    }
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    const transaction: Transaction = { rows: [], isOpen: true, lease: undefined, commit: undefined };
    this.open_ += 1;
    try {
      const made = await this.#scope.run(transaction, work);
      this.rows.push(...transaction.rows);
      await transaction.commit?.();
      return made;
    } finally {
      transaction.isOpen = false;
      this.open_ -= 1;
      if (transaction.lease !== undefined) await this.#store.release(transaction.lease);
    }
  }

  async open(lease: Lease, leaseMs: number, keepMs: number, evenIfKept?: boolean) {
    const transaction = this.#scope.getStore();
    const opened = await this.#store.open(lease, transaction ? LONG_MS : leaseMs, keepMs, evenIfKept);
    if (transaction && opened.claim?.kind === 'won') transaction.lease = lease;
    return opened;
  }

  async settle(lease: Lease, record: Uint8Array, keepMs: number) {
    const transaction = this.#scope.getStore();
    if (!transaction) return this.#store.settle(lease, record, keepMs);
    transaction.commit = () => this.#store.settle(lease, record, keepMs);
    return { kind: 'saved' as const };
  }

  async resettle(lease: Lease, record: Uint8Array, keepMs: number): Promise<Saved> {
    const transaction = this.#scope.getStore();
    if (!transaction) return this.#store.resettle(lease, record, keepMs);
    transaction.commit = () => this.#store.resettle(lease, record, keepMs);
    return { kind: 'saved' };
  }

  async release(lease: Lease): Promise<void> {
    await this.#store.release(lease);
  }

  isConflict(error: unknown): boolean {
    return error instanceof Error && 'code' in error && error.code === '40P01';
  }
}
