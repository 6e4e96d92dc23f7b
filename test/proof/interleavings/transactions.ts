/** A database in memory: what a transaction writes is there when it commits, all at once, and its slot is its own until then. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IdempotencyBackend, Lease, MemoryStorage, Opened, Saved, StoredRecord } from '@nestjs-idempotency/core';

interface Transaction {
  readonly process: number;
  readonly effects: string[];
  state: 'open' | 'committed' | 'rolled back';
  record: { readonly slot: string; readonly bytes: StoredRecord; readonly keepMs: number } | undefined;
}

/** One for all plays: each further one makes every promise of the process slower. */
const scope = new AsyncLocalStorage<Transaction>();

/** Makes each call of a port a yield point before and after, and lets it go wrong. */
export type Travelling = <Port extends object>(port: Port) => Port;

export class Transactions {
  readonly counts = { committed: 0, 'rolled back': 0 };
  readonly #open = new Set<Transaction>();
  #holder: Transaction | undefined;

  /** `onEffect` is called for each effect as it becomes visible; `isStray` when no open transaction had it. */
  constructor(
    private readonly storage: MemoryStorage,
    private readonly onEffect: (name: string, isStray: boolean) => void,
  ) {}

  /** Whether a transaction holds the slot. */
  get isHeld(): boolean {
    return this.#holder !== undefined;
  }

  get open(): number {
    return this.#open.size;
  }

  /** An effect of whoever calls: of its transaction if that is open, otherwise by itself and at once. */
  effect(name: string): void {
    const transaction = scope.getStore();
    if (transaction?.state === 'open') transaction.effects.push(name);
    else this.onEffect(name, true);
  }

  /** A process has died: its connections are closed. */
  kill(process: number): void {
    for (const transaction of this.#open) if (transaction.process === process) this.#end(transaction, 'rolled back');
  }

  /** What one process has of it. */
  backend(process: number, travelling: Travelling): IdempotencyBackend {
    const port = travelling({
      begin: (transaction: Transaction) => Promise.resolve(void this.#open.add(transaction)),
      look: (transaction: Transaction, lease: Lease, evenIfKept: boolean) => this.#look(transaction, lease, evenIfKept),
      save: (transaction: Transaction, lease: Lease, record: StoredRecord, keepMs: number, replaces: boolean) =>
        this.#save(transaction, lease, record, keepMs, replaces),
      commit: (transaction: Transaction) => this.#commit(transaction),
      rollback: (transaction: Transaction) => Promise.resolve(this.#end(transaction, 'rolled back')),
    });
    const current = (): Transaction => {
      const transaction = scope.getStore();
      if (!transaction) throw new Error('A call of the store was made outside of its transaction.');
      return transaction;
    };
    return {
      open: (lease, _leaseMs, _keepMs, evenIfKept = false) => port.look(current(), lease, evenIfKept),
      renew: () => Promise.resolve('kept'),
      release: () => Promise.resolve(),
      settle: (lease, record, keepMs) => port.save(current(), lease, record, keepMs, false),
      resettle: (lease, record, keepMs) => port.save(current(), lease, record, keepMs, true),
      transaction: async (work) => {
        const transaction: Transaction = { process, effects: [], state: 'open', record: undefined };
        try {
          await port.begin(transaction);
          const made = await scope.run(transaction, work);
          await port.commit(transaction);
          return made;
        } catch (error) {
          // A connection that was lost rolls back as well; so does a commit that never arrived.
          await port.rollback(transaction).catch(() => {
            this.#end(transaction, 'rolled back');
          });
          throw error;
        }
      },
    };
  }

  async #look(transaction: Transaction, { slot }: Lease, evenIfKept: boolean): Promise<Opened> {
    const record = await this.storage.find(slot);
    if (record && !evenIfKept) return { record };
    if (this.#holder !== undefined && this.#holder !== transaction)
      return { ...(record && { record }), claim: { kind: 'held', leftMs: 100 } };
    this.#holder = transaction;
    return { ...(record && { record }), claim: { kind: 'won', attempt: 1 } };
  }

  async #save(transaction: Transaction, { slot }: Lease, bytes: StoredRecord, keepMs: number, replaces: boolean): Promise<Saved> {
    if (transaction.state !== 'open') throw new Error('The transaction is over.');
    const record = transaction.record?.bytes ?? (await this.storage.find(slot));
    if (record && !replaces) return { kind: 'taken', record };
    transaction.record = { slot, bytes, keepMs };
    return { kind: 'saved' };
  }

  async #commit(transaction: Transaction): Promise<void> {
    if (transaction.state !== 'open') throw new Error('The transaction is over.');
    const { record } = transaction;
    if (record) await this.storage.replace(record.slot, record.bytes, record.keepMs);
    this.#end(transaction, 'committed');
  }

  #end(transaction: Transaction, state: 'committed' | 'rolled back'): void {
    if (transaction.state !== 'open') return;
    transaction.state = state;
    this.counts[state]++;
    this.#open.delete(transaction);
    if (this.#holder === transaction) this.#holder = undefined;
    if (state === 'committed') for (const name of transaction.effects) this.onEffect(name, false);
  }
}
