/** Nested transactions that a handler begins at once, one after another: they share one connection, where each must lie whole in the other. */
import { shared } from '@nestjs-idempotency/core';
import { AsyncLocalStorage } from 'node:async_hooks';
import { inTurn } from './in-turn.js';

/** What runs at one depth of one request's transaction; what is begun within waits only for its own siblings. */
interface Level {
  readonly tx: object;
  readonly take: <T>(work: () => Promise<T>) => Promise<T>;
  readonly below: Level | undefined;
  isOver: boolean;
}

const within = shared('postgres:within', () => new AsyncLocalStorage<Level>());
const grounds = shared('postgres:grounds', () => new WeakMap<object, Level>());

/** Runs `work`, a nested transaction of `tx`, when those that were begun beside it are over. */
export function afterSiblings<T>(tx: object, work: () => Promise<T>): Promise<T> {
  const level = levelOf(tx);
  return level.take(async () => {
    const own = levelIn(tx, level);
    try {
      return await within.run(own, work);
    } finally {
      own.isOver = true;
    }
  });
}

function levelOf(tx: object): Level {
  let level = within.getStore();
  // What was left behind by a transaction that is over is none of it.
  while (level && (level.tx !== tx || level.isOver)) level = level.below;
  const found = level ?? grounds.get(tx) ?? levelIn(tx, undefined);
  if (!level) grounds.set(tx, found);
  return found;
}

function levelIn(tx: object, below: Level | undefined): Level {
  const take = inTurn((work: () => Promise<unknown>) => work());
  return { tx, take: take as Level['take'], below, isOver: false };
}
