/** A pool of `pg` whose connections may break at any time: unheard, each would end the process by its `error` event. */
import type { EventEmitter } from 'node:events';
import { shared } from '@nestjs-idempotency/core';
import { sessionOn } from './session.js';
import type { DriverConnection } from './sql-client.js';

/** What of a `pg` Pool is used. */
export type PoolLike = Pick<EventEmitter, 'on'>;

/** The connections of a pool that tools have in hand. */
export interface GuardedPool {
  /** By the number that the server gave its process; `undefined` behind a pooler, which gives numbers of its own. */
  find(pid: number): DriverConnection | undefined;
  /** Each connection that ends while a tool has it is given back for that tool, which may be one that then never does so itself. */
  giveBackEnded(): void;
}

type Held = DriverConnection & EventEmitter & { readonly processID?: number; release(isBroken: boolean): void };

const guarded = shared('postgres:guarded', () => new WeakMap<object, GuardedPool>());

/** Listens to `pool` and its connections from now on, once however often it is asked. What breaks is told to those who use it by their statements. */
export function guard(pool: PoolLike): GuardedPool {
  const known = guarded.get(pool);
  if (known) return known;
  const heard = new WeakSet<object>();
  const held = new Set<Held>();
  let givesBack = false;
  /** At the next turn of the loop: the statement that was cut has told its tool by then, and who gives back has done so. */
  const ended = (client: Held) => setImmediate(() => givesBack && held.has(client) && client.release(true));
  pool.on('acquire', (client: Held) => {
    held.add(client);
    if (heard.has(client)) return;
    heard.add(client);
    client.on('error', hear);
    client.once('end', () => ended(client));
  });
  pool.on('release', (_error: unknown, client: Held) => {
    held.delete(client);
    // Told before the pool looks whether it can be given to another one: it drops those that are ended.
    sessionOn(client)?.giveBack();
  });
  pool.on('remove', (client: Held) => held.delete(client));
  // The pool replaces an idle connection that broke; nobody was using it.
  pool.on('error', hear);
  const made: GuardedPool = {
    find: (pid) => [...held].find(({ processID }) => processID === pid),
    giveBackEnded: () => void (givesBack = true),
  };
  guarded.set(pool, made);
  return made;
}

const hear = (): void => undefined;
