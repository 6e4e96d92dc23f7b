/** Wakes those who wait, and says by a shared advisory lock of the listening session for which slots somebody waits here. */
import { type Watch, Watchers } from '@nestjs-idempotency/core';
import { ListenConnection, type ListenOptions, type ListenSession } from './listen-connection.js';
import { channelOf } from './names.js';
import { isIn } from './rows.js';
import type { SlotKeys } from './slot-keys.js';
import type { SlotTable } from './slot-table.js';

/** More slots than these are not marked at once: the lock table of the server is finite, and their waiters poll. */
const MOST_MARKS = 500;
/** A mark outlives its last watch by this, as those who wait often watch again at once. */
const MARK_LINGERS_MS = 2_000;
/** A settle holds the lock of the mark until it commits. */
const SETTLING_MS = 20;

/** How the holder was seen: by its lease, or only by its lock. */
export type HeldBy = 'lease' | 'transaction';

interface Watched {
  watches: number;
  isMarked: boolean;
  expiry: NodeJS.Timeout | undefined;
}

export class Listener {
  readonly #watchers = new Watchers();
  readonly #watched = new Map<string, Watched>();
  readonly #connection: ListenConnection;
  #marks = 0;

  constructor(
    private readonly table: SlotTable,
    { listen, onListenError }: Required<Pick<ListenOptions, 'listen'>> & ListenOptions,
  ) {
    const heard = { notified: (name: string) => this.#watchers.wake(name), lost: () => this.#lost() };
    this.#connection = new ListenConnection(listen, channelOf(table.names), heard, onListenError);
  }

  /** Costs nothing: the database is told of it only when the slot turns out to be held. */
  watch(slot: string): Watch {
    const { name, wait } = this.table.keys(slot);
    const watch = this.#watchers.watch(name);
    const watched = this.#watched.get(name) ?? { watches: 0, isMarked: false, expiry: undefined };
    this.#watched.set(name, watched);
    watched.watches += 1;
    clearTimeout(watched.expiry);
    return {
      get woken() {
        return watch.woken;
      },
      close: () => {
        watch.close();
        watched.watches -= 1;
        if (watched.watches === 0) this.#leave(name, wait, watched);
      },
    };
  }

  /** Says that the slot was found held: if it is watched here, whoever frees it must tell us. */
  held(slot: string, by: HeldBy): void {
    const keys = this.table.keys(slot);
    const watched = this.#watched.get(keys.name);
    if (!watched || watched.isMarked || this.#marks >= MOST_MARKS) return;
    watched.isMarked = true;
    this.#marks += 1;
    void this.#mark(slot, keys, watched, by);
  }

  /** Lets the connection be made again after it was closed. */
  reopen(): void {
    this.#connection.reopen();
  }

  /** Ends the connection, waiting for it. Waiters are left to poll. */
  async close(): Promise<void> {
    for (const [name, watched] of this.#watched) {
      clearTimeout(watched.expiry);
      this.#unmark(watched);
      if (watched.watches === 0) this.#watched.delete(name);
    }
    await this.#connection.close();
  }

  /** Takes the lock, then looks: what happened before the lock was there has been told to nobody. */
  async #mark(slot: string, keys: SlotKeys, watched: Watched, by: HeldBy): Promise<void> {
    const session = await this.#connection.session();
    try {
      if (!session) {
        this.#unmark(watched);
        return;
      }
      let wasSettling = false;
      while (watched.isMarked && !(await shares(session, keys.wait))) {
        wasSettling = true;
        await new Promise<void>((again) => {
          setTimeout(again, SETTLING_MS).unref();
        });
      }
      const isOver =
        wasSettling || (await this.table.isFree({ query: (text, values) => session.query(text, [...values]) }, slot, by));
      if (isOver) this.#watchers.wake(keys.name);
    } catch {
      // The connection reports its end itself; whoever is told next that the slot is held marks it anew.
      this.#unmark(watched);
    }
  }

  #leave(name: string, wait: string, watched: Watched): void {
    if (!watched.isMarked) {
      this.#watched.delete(name);
      return;
    }
    watched.expiry = setTimeout(() => {
      this.#watched.delete(name);
      if (watched.isMarked) void this.#unlock(wait);
      this.#unmark(watched);
    }, MARK_LINGERS_MS).unref();
  }

  async #unlock(wait: string): Promise<void> {
    const session = await this.#connection.session();
    // A connection that breaks has dropped its locks, and reports its end itself.
    await session?.query('SELECT pg_advisory_unlock_shared(CAST($1 AS bigint)) AS freed', [wait]).catch(() => undefined);
  }

  #unmark(watched: Watched): void {
    if (watched.isMarked) this.#marks -= 1;
    watched.isMarked = false;
  }

  #lost(): void {
    for (const watched of this.#watched.values()) this.#unmark(watched);
    this.#watchers.wakeAll();
  }
}

async function shares({ query }: ListenSession, wait: string): Promise<boolean> {
  const { rows } = await query('SELECT CAST(pg_try_advisory_lock_shared(CAST($1 AS bigint)) AS text) AS shared', [wait]);
  return isIn(rows[0] ?? {}, 'shared');
}
