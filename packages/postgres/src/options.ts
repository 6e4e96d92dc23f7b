/** What the stores in Postgres are given: each option, and the tool that they share. */
import { kinds } from '@nestjs-idempotency/core';
import type { AskingOptions } from './asking.js';
import type { ListenOptions } from './listen-connection.js';
import { NAME_KINDS, type NameOptions } from './names.js';
import type { PurgeOptions } from './purger.js';
import type { SqlSource } from './sql-client.js';

const { either, func, hasMethods, just, optionsOf, timerMs } = kinds;

export const ASKING: kinds.KindsOf<NameOptions & AskingOptions> = { ...NAME_KINDS, timeoutMs: timerMs };

export const LISTENING: kinds.KindsOf<NameOptions & AskingOptions & ListenOptions> = {
  ...ASKING,
  listen: func,
  onListenError: func,
};

export const PURGING: kinds.KindsOf<PurgeOptions> = { purgeEveryMs: either(timerMs, just(false)), onPurgeError: func };

/** `options` of `maker`, if they and the tool are right; throws a `TypeError` that names the cure otherwise. */
export function checked<Options extends object>(
  maker: string,
  source: SqlSource,
  options: Options,
  of: kinds.KindsOf<Options>,
): Options {
  checkSource(maker, source);
  return optionsOf(maker, options, of);
}

/** Throws where `source` is not what shares the transactions of a tool, but perhaps the tool itself. */
export function checkSource(maker: string, source: unknown): void {
  // TypeORM has both of them, and answers otherwise.
  if (hasMethods(source, ['query', 'transaction']) && !hasMethods(source, ['createQueryRunner'])) return;
  throw new TypeError(
    `${maker} takes what shares the transactions of your tool, e.g. \`fromPool(pool)\`, \`fromDataSource(dataSource)\`, \`fromPrisma(prisma)\`; ` +
      `it was given ${kinds.describe(source)}.`,
  );
}

/** Throws where `given` has not all `methods` of the tool that `from` is for. */
export function checkTool(from: string, given: unknown, methods: readonly string[]): void {
  // Knex is a function that has methods.
  const tool = (typeof given === 'object' || typeof given === 'function' ? given : undefined) as
    Record<string, unknown> | null | undefined;
  if (tool && methods.every((method) => typeof tool[method] === 'function')) return;
  const name = from.slice(0, from.indexOf('('));
  throw new TypeError(`${name} was given ${kinds.describe(given)}: write \`${from}\`.`);
}
