/** What an application is told at its start of the protection that it has. Pure. */
import { classNameOf } from '@nestjs-idempotency/core';
import type { IdempotencyOptions } from '../settings/options.js';
import { PROFILES } from '../settings/profiles.js';

/** One line, e.g. `Idempotency: profile ietf, redis, 4 routes, opt-out`. A profile that nobody chose is told with what it means. */
export function startLine(options: IdempotencyOptions, store: string, routes: number): string {
  const { profile, mode, storage } = options;
  const caches = Object.keys(storage?.caches ?? {}).length;
  const parts = [
    profile === undefined ? `profile classic by default (${replays(options)}; new APIs: 'ietf')` : `profile ${profile}`,
    store,
    ...(caches > 0 ? [counted(caches, 'cache')] : []),
    counted(routes, 'route'),
    ...(mode === 'opt-out' ? ['opt-out'] : []),
  ];
  return `Idempotency: ${parts.join(', ')}`;
}

/** What a store is called in the line: `RedisBackend` is redis. */
export function storeName(store: object): string {
  const name = classNameOf(store);
  if (name === undefined) return 'a store of its own';
  const word = name.replace(/(Backend|Storage|Lock)$/, '') || name;
  return word.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

function replays({ conflictStatus = PROFILES.classic.conflictStatus }: IdempotencyOptions): string {
  return `a replay answers ${conflictStatus === null ? 'with the first status' : conflictStatus}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
